internal import SQL

/// An event that moves rows from one state to another; gives the SQL that the transition table implies.
protocol StateEvent: CaseIterable, Hashable, Sendable {
    associatedtype State: StoredState where State.Event == Self

    /// The SQL of each event, composed once: statements with it run for every task.
    static var sql: EventSQL<Self> { get }
}

extension StateEvent {
    /// The SQL condition of rows to which the event can happen.
    var condition: String { Self.sql.conditions[self] ?? "FALSE" }

    /// The SQL assignment that applies the event.
    var assignment: String { Self.sql.assignments[self] ?? "state = NULL" }
}

/// The SQL that a transition table implies for each of its events.
struct EventSQL<Event: StateEvent>: Sendable {
    fileprivate let conditions: [Event: String]
    fileprivate let assignments: [Event: String]

    init() {
        conditions = Dictionary(
            uniqueKeysWithValues: Event.allCases.map { ($0, "state IN \(sql: Event.State.accepting($0))") })
        assignments = Dictionary(
            uniqueKeysWithValues: Event.allCases.map { ($0, "state = \(Event.State.expression(after: $0))") })
    }
}

extension StoredState {
    /// The state as an SQL literal.
    var sql: String { "\(sql: self)" }

    /// The SQL condition of rows in one of the states that `isIncluded` chooses.
    static func condition(_ isIncluded: (Self) -> Bool) -> String { "state IN \(sql: allCases.filter(isIncluded))" }
}
