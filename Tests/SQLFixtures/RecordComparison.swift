/// Compares a record with what a database has stored of it, property by property.
///
/// A property that `init(_ row:)` forgets stays `nil` or empty, and two properties that are swapped have each other's values.
/// So a sample that shows every such mistake has a value in each property, and no two the same.
public enum RecordComparison {
    /// The properties of a sample that would hide a mistake: those without a value, and those with another one's.
    public static func unsuitable<Record>(_ sample: Record) -> [String] {
        var seen: Set<String> = []
        return properties(sample).filter { _, text in
            ["nil", "\"\"", "[]"].contains(text) || !seen.insert(text).inserted
        }.map(\.name)
    }

    /// The properties that were not read as they were stored; `missing` if nothing was read.
    public static func differences<Record>(_ stored: Record, _ read: Record?) -> [String] {
        guard let read else { return ["missing"] }
        return zip(properties(stored), properties(read)).filter { $0.1 != $1.1 }.map(\.0.name)
    }

    private static func properties<Record>(_ record: Record) -> [(name: String, text: String)] {
        Mirror(reflecting: record).children.map { ($0.label ?? "", text($0.value)) }
    }

    /// A value as text; an optional is its value, so that an `Int` and an `Int?` can be the same.
    private static func text(_ value: Any) -> String {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .optional else { return String(reflecting: value) }
        return mirror.children.first.map { text($0.value) } ?? "nil"
    }
}
