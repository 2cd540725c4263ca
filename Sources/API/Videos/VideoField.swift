internal import Catalog

/// Who reads the document of a video.
enum VideoAudience: Sendable {
    /// The owner of the video, who sees everything.
    case owner
    /// Everybody else, who learns of a blocked video no more than that it is blocked.
    case everybody
}

/// What everybody but the owner gets of a blocked video in place of a field's value.
struct BlockedValue<Value: Sendable>: Sendable {
    fileprivate let replacement: Value?

    /// The value itself, because it says nothing of what the video shows.
    static var shown: BlockedValue { BlockedValue(replacement: nil) }

    /// Another value.
    static func replaced(by value: Value) -> BlockedValue { BlockedValue(replacement: value) }
}

extension BlockedValue {
    /// No value: `null`, or no field where the field is optional.
    static func absent<Wrapped>() -> BlockedValue where Value == Wrapped? { .replaced(by: Wrapped?.none) }
}

/// A field of the document of a video. Each says what it shows of a blocked video, so that no field can forget it.
struct VideoField: Sendable {
    /// The field, with the rule for blocked videos applied to its value.
    let field: DocumentField<VideoDocument>

    /// A field that is always there; a value that is `nil` becomes `null`.
    static func required<Value: Encodable & Sendable>(
        _ name: String, _ schema: Schema, whenBlocked blocked: BlockedValue<Value>,
        value: @escaping @Sendable (VideoDocument) -> Value
    ) -> VideoField {
        VideoField(field: .required(name, schema) { Self.value(of: $0, blocked, value) })
    }

    /// A field that is left out where it has no value.
    static func optional<Value: Encodable & Sendable>(
        _ name: String, _ schema: Schema, whenBlocked blocked: BlockedValue<Value?>,
        value: @escaping @Sendable (VideoDocument) -> Value?
    ) -> VideoField {
        VideoField(field: .optional(name, schema) { Self.value(of: $0, blocked, value) })
    }

    private static func value<Value>(
        of document: VideoDocument, _ blocked: BlockedValue<Value>, _ value: (VideoDocument) -> Value
    ) -> Value {
        guard document.audience != .owner, document.video.state == .blocked, let other = blocked.replacement else {
            return value(document)
        }
        return other
    }
}
