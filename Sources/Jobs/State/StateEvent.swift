internal import SQL

/// An event that moves rows from one state to another; gives the SQL that the transition table implies.
protocol StateEvent: CaseIterable, Sendable {
    associatedtype State: StoredState where State.Event == Self
}

extension StateEvent {
    /// The SQL condition of rows to which the event can happen.
    var condition: String { "state IN \(sql: State.accepting(self))" }

    /// The SQL assignment that carries the event out.
    var assignment: String { "state = \(State.expression(after: self))" }
}

extension StoredState {
    /// The state as an SQL literal.
    var sql: String { "\(sql: self)" }

    /// The SQL condition of rows in one of the states that `isIncluded` chooses.
    static func condition(_ isIncluded: (Self) -> Bool) -> String { "state IN \(sql: allCases.filter(isIncluded))" }
}
