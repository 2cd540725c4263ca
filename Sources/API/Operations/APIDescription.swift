internal import NIOCore

/// The OpenAPI file as this server serves it.
enum APIDescription {
    /// What the file says of the largest upload: the default, 50 GiB.
    private static let describedLimit = "53687091200"

    /// The file, with the largest upload that this server takes.
    static func bytes(maximumUpload: Int64) -> ByteBuffer {
        let text = String(decoding: PackageResources.openapi_json, as: UTF8.self)
        let parts = text.split(separator: describedLimit, omittingEmptySubsequences: false)
        return ByteBuffer(string: parts.joined(separator: String(maximumUpload)))
    }
}
