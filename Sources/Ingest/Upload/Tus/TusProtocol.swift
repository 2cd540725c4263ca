/// What this server speaks of the tus 1.0 protocol for resumable uploads (https://tus.io/protocols/resumable-upload).
public enum TusProtocol {
    /// The one version, as `Tus-Resumable` and `Tus-Version` say it.
    public static let version = "1.0.0"

    /// The extensions, in the form of `Tus-Extension`.
    public static let extensions =
        "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration,concatenation"

    /// The digests, in the form of `Tus-Checksum-Algorithm`.
    public static let checksumAlgorithms = UploadChecksum.Algorithm.allCases.map(\.rawValue).joined(separator: ",")

    /// The media type of every body with bytes of an upload.
    public static let contentType = "application/offset+octet-stream"

    /// Whether a `Content-Type` names the media type of upload bytes; parameters and letter case do not matter.
    public static func isUploadContentType(_ value: String) -> Bool {
        let name = value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return name.lowercased() == contentType
    }

    /// The number of a header such as `Upload-Offset` or `Upload-Length`.
    /// - Returns: `nil` unless the text is one to eighteen decimal digits and nothing else.
    public static func byteCount(_ text: String) -> Int64? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }
}

/// The `Upload-Concat` of a creation: one part of a file, or the file that is joined from parts.
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

/// What is wrong with a header of the tus protocol. All of them are the client's fault: 400.
public enum TusHeaderError: Error, Hashable, Sendable {
    /// `Upload-Metadata` is not a list of `key base64` pairs with unlike keys.
    case metadata
    /// `Upload-Concat` is neither `partial` nor `final;` with a list of uploads.
    case concatenation
    /// `Upload-Checksum` is not an algorithm and the base64 of a digest of its length.
    case checksum
    /// `Upload-Checksum` names an algorithm that `Tus-Checksum-Algorithm` does not.
    case checksumAlgorithm
}
