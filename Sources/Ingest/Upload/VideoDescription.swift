/// The description of a video: what a creator may write under it.
public enum VideoDescription {
    /// Most Unicode scalars.
    public static let maximumLength = 5000

    /// Whether a text may be one: not too long, and without control characters but line ends and tabs.
    public static func isValid(_ text: String) -> Bool {
        text.unicodeScalars.count <= maximumLength
            && !text.unicodeScalars.contains { scalar in
                (scalar.value < 0x20 && scalar != "\n" && scalar != "\t" && scalar != "\r")
                    || (0x7F...0x9F).contains(scalar.value)
            }
    }
}
