/// A state that a text column named `state` holds.
protocol StoredState: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == String {}

extension StoredState {
    /// The state as an SQL literal.
    var sql: String { "'\(rawValue)'" }

    /// An SQL condition that holds for rows in one of the states that `isIncluded` chooses.
    static func condition(_ isIncluded: (Self) -> Bool) -> String {
        "state IN (\(allCases.filter(isIncluded).map(\.sql).joined(separator: ", ")))"
    }
}

/// An event that moves rows from one state to another; the source of the guards in SQL statements.
protocol StateEvent: Sendable {
    associatedtype State: StoredState

    /// The state of a row after the event, `nil` where the event cannot happen to it.
    func target(from state: State) -> State?
}

extension StateEvent {
    /// An SQL condition that holds for rows to which the event can happen.
    var condition: String { State.condition { target(from: $0) != nil } }

    /// The SQL assignment that carries out the event; an event that leaves every row in its state assigns what is there.
    var assignment: String {
        let targets = Set(State.allCases.compactMap(target))
        guard targets.count == 1, let target = targets.first else { return "state = state" }
        return "state = \(target.sql)"
    }
}
