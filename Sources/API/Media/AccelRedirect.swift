internal import HTTPTypes
internal import Hummingbird

/// Builds responses that name an object instead of containing it, for a reverse proxy that sends the file.
///
/// Only for a store of local files, and only behind a proxy that understands `X-Accel-Redirect` (nginx): any other
/// client gets an empty body. Access checks, waiting for segments, tags and 304 stay here; the proxy serves ranges.
public struct AccelRedirect: Sendable, Hashable {
    /// The proxy's internal location of the store's folder, with a slash at its end.
    public let prefix: String

    /// Redirects below `prefix`.
    /// - Parameter prefix: A path that begins with a slash, of unreserved characters (RFC 3986) and slashes.
    /// - Returns: `nil` if it is anything else.
    public init?(prefix: String) {
        let isPlain = prefix.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/-._~".utf8.contains(byte)
            }
        }
        guard isPlain, prefix.hasPrefix("/"), prefix != "/", !prefix.contains("//"), !prefix.contains("/.") else {
            return nil
        }
        self.prefix = prefix.hasSuffix("/") ? prefix : prefix + "/"
    }

    /// Returns 200 without a body, or the 304 or 416 that the complete response would have had.
    func response(to request: Request, for answer: RangeResponse, key: String) throws -> Response {
        var response = try answer.response(to: request) { _ in ResponseBody() }
        guard response.status != .notModified else { return response }
        // The proxy applies the range to the file, so this response is not a partial one.
        response.status = .ok
        response.headers[.contentRange] = nil
        response.headers[.accelRedirect] = prefix + key
        return response
    }
}

extension HTTPField.Name {
    /// `X-Accel-Redirect`: nginx sends the file at this internal location.
    static let accelRedirect = HTTPField.Name.known("X-Accel-Redirect")
}
