/// A member of a JSON object as it came, before it is known to be what is wanted.
///
/// No request has lists of anything but texts, nor objects inside: so what else there is stays unread, and each value is
/// looked at as one of few types, once.
enum JSONValue: Decodable, Sendable {
    case number(Double)
    case string(String)
    /// A list; `nil` stands for an element that is no text.
    case texts([String?])
    /// Something that no field takes.
    case other

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if let value = try? single.decode(String.self) {
            self = .string(value)
        } else if let value = try? single.decode(Double.self) {
            self = .number(value)
        } else if let values = try? single.decode([Element].self) {
            self = .texts(values.map(\.text))
        } else {
            self = .other
        }
    }

    private struct Element: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }
}
