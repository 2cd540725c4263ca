/// A state that a column stores, with the table of its transitions.
///
/// The table is total: ``after(_:)`` covers every state and event. The conditions of statements come from it, so that
/// rules and SQL cannot disagree.
public protocol StoredState: RawRepresentable<String>, CaseIterable, Hashable, Sendable {
    /// An event that changes the state of a row.
    associatedtype Event: CaseIterable

    /// The state after an event; `nil` where the event is refused and nothing changes.
    func after(_ event: Event) -> Self?
}

extension StoredState {
    /// The states in which an event is accepted, in the order of the cases.
    public static func accepting(_ event: Event) -> [Self] {
        allCases.filter { $0.after(event) != nil }
    }

    /// The states that an event leads to, in the order of the cases.
    public static func targets(of event: Event) -> [Self] {
        let targets = Set(allCases.compactMap { $0.after(event) })
        return allCases.filter { targets.contains($0) }
    }

    /// An SQL expression for the state after an event, from a column with the state before it; null where it is refused.
    public static func expression(after event: Event, column: String = "state") -> String {
        let targets = targets(of: event)
        // The condition of the statement selects only the accepting states.
        if targets.count == 1, let target = targets.first { return "\(sql: target)" }
        let cases = accepting(event).compactMap { state in
            state.after(event).map { "WHEN \(sql: state) THEN \(sql: $0)" }
        }
        return cases.isEmpty ? "NULL" : "CASE \(column) \(cases.joined(separator: " ")) END"
    }
}

extension DefaultStringInterpolation {
    /// A case as a literal of a statement: `'ready'`.
    public mutating func appendInterpolation(sql value: some RawRepresentable<String>) {
        appendInterpolation(literal(value.rawValue))
    }

    /// Cases as a list of a statement, for `IN`: `('draft', 'uploading')`. Without cases the list matches nothing.
    public mutating func appendInterpolation<Case: RawRepresentable<String>>(sql values: [Case]) {
        let literals = values.map { literal($0.rawValue) }
        // An empty list is an error in PostgreSQL; nothing equals null.
        appendInterpolation("(\(literals.isEmpty ? "NULL" : literals.joined(separator: ", ")))")
    }

    private func literal(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "'")) else { return "'\(text)'" }
        return "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
    }
}
