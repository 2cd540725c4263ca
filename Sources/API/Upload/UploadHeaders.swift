internal import HTTPTypes
internal import Ingest

/// The header fields of the tus protocol.
extension HTTPField.Name {
    static let tusResumable = HTTPField.Name.known("Tus-Resumable")
    static let tusVersion = HTTPField.Name.known("Tus-Version")
    static let tusExtension = HTTPField.Name.known("Tus-Extension")
    static let tusMaxSize = HTTPField.Name.known("Tus-Max-Size")
    static let tusChecksumAlgorithm = HTTPField.Name.known("Tus-Checksum-Algorithm")
    static let uploadOffset = HTTPField.Name.known("Upload-Offset")
    static let uploadLength = HTTPField.Name.known("Upload-Length")
    static let uploadDeferLength = HTTPField.Name.known("Upload-Defer-Length")
    static let uploadMetadata = HTTPField.Name.known("Upload-Metadata")
    static let uploadChecksum = HTTPField.Name.known("Upload-Checksum")
    static let uploadConcat = HTTPField.Name.known("Upload-Concat")
    static let uploadExpires = HTTPField.Name.known("Upload-Expires")
    static let methodOverride = HTTPField.Name.known("X-HTTP-Method-Override")
}

extension HTTPFields {
    /// A header that is a count of bytes.
    /// - Returns: `nil` if it is not there.
    /// - Throws: ``Problem`` with 400 if it is no count.
    func byteCount(_ name: HTTPField.Name) throws -> Int64? {
        guard let text = self[name] else { return nil }
        guard let count = TusProtocol.byteCount(text) else {
            throw Problem(
                .badRequest, "invalid_header", "A header cannot be read",
                detail: "\(name) must be a number of bytes.")
        }
        return count
    }

    /// The length that the body is said to have.
    var bodyLength: Int64? { self[.contentLength].flatMap { TusProtocol.byteCount($0) } }

    /// Whether a body follows the head.
    var announcesBody: Bool { self[.transferEncoding] != nil || (bodyLength ?? 0) > 0 }
}
