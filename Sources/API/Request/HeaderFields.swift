internal import HTTPTypes
internal import Ingest
internal import NIOCore

extension HTTPField.Name {
    static let requestID = HTTPField.Name.known("X-Request-ID")
    static let forwardedFor = HTTPField.Name.known("X-Forwarded-For")
    static let forwardedProtocol = HTTPField.Name.known("X-Forwarded-Proto")
    static let contentTypeOptions = HTTPField.Name.known("X-Content-Type-Options")
    static let referrerPolicy = HTTPField.Name.known("Referrer-Policy")
    static let resourcePolicy = HTTPField.Name.known("Cross-Origin-Resource-Policy")
    static let timingAllowOrigin = HTTPField.Name.known("Timing-Allow-Origin")

    /// A field name that is written in the program, and so is known to be valid.
    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        return name
    }
}

// The header fields of the tus protocol.
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
    /// The value of a header that is a number of bytes.
    /// - Returns: `nil` if the header is absent.
    /// - Throws: ``Problem`` with 400 if the value is no number of bytes.
    func byteCount(_ name: HTTPField.Name) throws -> Int64? {
        guard let text = self[name] else { return nil }
        guard let count = TusProtocol.byteCount(text) else {
            throw Problem(.invalidHeader, detail: "\(name) must be a number of bytes.")
        }
        return count
    }

    /// The length of the body according to `Content-Length`.
    var bodyLength: Int64? { self[.contentLength].flatMap { TusProtocol.byteCount($0) } }

    /// Whether a body follows the head.
    var announcesBody: Bool { self[.transferEncoding] != nil || (bodyLength ?? 0) > 0 }
}

/// A media type such as `application/json; charset=utf-8`, without its parameters.
struct MediaType: Hashable {
    /// Type and subtype in lower case: `application/json`.
    let name: String

    /// Reads the value of a `Content-Type` header.
    init?(_ header: String?) {
        guard let header else { return nil }
        let name = header.prefix { $0 != ";" }.lowercased().split(separator: " ").joined()
        guard name.split(separator: "/", omittingEmptySubsequences: false).count == 2 else { return nil }
        self.name = name
    }

    /// Whether a body of this type is JSON.
    var isJSON: Bool { name == "application/json" || (name.hasPrefix("application/") && name.hasSuffix("+json")) }
    /// Whether it is the type that `curl -d` and plain HTML forms send.
    var isForm: Bool { name == "application/x-www-form-urlencoded" }
    /// Whether it is a form with files.
    var isMultipart: Bool { name == "multipart/form-data" }
}

/// The client's address according to reverse proxies (`X-Forwarded-For`).
///
/// Each proxy adds the address that it saw at the right end. So as many entries from the right as there are trusted proxies
/// are reliable; the entries before them may be forged.
enum ForwardedAddress {
    /// The address that the outermost of so many proxies saw; `nil` if the header does not have it.
    /// - Parameters:
    ///   - values: The header's values, in order.
    ///   - proxies: The number of trusted proxies in front of the server; 0 ignores the header.
    static func client(_ values: [String], behind proxies: Int) -> String? {
        guard proxies > 0 else { return nil }
        // Only the right end is read, so the length of a forged header costs nothing.
        let end = values.joined(separator: ",").utf8.suffix(proxies * 64)
        let entries = String(decoding: end, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.filter { $0 != " " && $0 != "\t" } }
        guard entries.count >= proxies else { return nil }
        return try? SocketAddress(ipAddress: entries[entries.count - proxies], port: 0).ipAddress
    }
}
