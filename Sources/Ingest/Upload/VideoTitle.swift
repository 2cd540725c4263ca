/// The title of a video: what a creator may call it.
public enum VideoTitle {
    /// Most characters, counted as Unicode scalars: JSON Schema counts the same way.
    public static let maximumLength = 200

    /// The title without space around it; `nil` if nothing is left, it is too long or it has control characters.
    public static func clean(_ text: String) -> String? {
        let scalars = text.unicodeScalars
        guard scalars.count <= maximumLength,
            !scalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }),
            let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        return String(scalars[first...last])
    }

    /// A title for a file that came without one: its name without the extension, or `Untitled`.
    public static func fallback(fileName: String?) -> String {
        let name = fileName.flatMap { DisplayFileName.clean($0) } ?? ""
        let stem = name.lastIndex(of: ".").map { name[..<$0] }.flatMap { $0.isEmpty ? nil : String($0) } ?? name
        return clean(String(stem.unicodeScalars.prefix(maximumLength))) ?? "Untitled"
    }
}
