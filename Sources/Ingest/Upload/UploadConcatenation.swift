/// The `Upload-Concat` of a creation: one piece of a file, or the file that is made of pieces.
public enum UploadConcatenation: Sendable, Hashable {
    /// A piece that another upload will take in.
    case partial
    /// The pieces' URLs, absolute or relative, in order; the same one may come twice.
    case final([String])

    /// Most pieces of one file.
    public static let maximumParts = 1000

    /// Reads the header.
    /// - Throws: ``TusHeaderError/concatenation``.
    public init(_ text: String) throws(TusHeaderError) {
        if text == "partial" {
            self = .partial
            return
        }
        guard text.hasPrefix("final;") else { throw .concatenation }
        let parts = text.dropFirst("final;".count).split(separator: " ").map(String.init)
        guard !parts.isEmpty, parts.count <= Self.maximumParts else { throw .concatenation }
        self = .final(parts)
    }
}
