internal import Ground

/// A bucket of a service and the folder in it that a store uses.
public struct S3Location: Sendable, Hashable {
    /// The position of the bucket's name in URLs.
    public enum Style: String, Sendable, Hashable {
        /// `https://service/bucket/key`: supported by every service.
        case path
        /// `https://bucket.service/key`: required by AWS.
        case host
    }

    /// The bucket.
    public let bucket: String
    /// The folder of all objects in the bucket, without leading and trailing slashes; empty for the whole bucket.
    public let prefix: String
    /// `http` or `https`.
    public let scheme: String
    /// The service's host, with the port unless it is the default one.
    public let authority: String
    /// The region that requests are signed for.
    public let region: String
    /// The position of the bucket's name.
    public let style: Style

    /// A bucket of a service.
    public init(
        bucket: String, prefix: String = "", scheme: String = "https", authority: String, region: String, style: Style
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.scheme = scheme
        self.authority = authority
        self.region = region
        self.style = style
    }

    /// The `Host` header of every request.
    var host: String { style == .host ? "\(bucket).\(authority)" : authority }

    /// The encoded path of the bucket or of an object.
    func path(of key: String?) -> String {
        let root = style == .path ? "/" + PercentEncoding.encode(bucket, keepingSlash: false) : ""
        guard let key else { return root.isEmpty ? "/" : root }
        return root + "/" + PercentEncoding.encode(key, keepingSlash: true)
    }

    /// The key of an object in the bucket, with the prefix.
    func fullKey(_ key: String) -> String { prefix.isEmpty ? key : "\(prefix)/\(key)" }

    /// Whether a text is a bucket name: 3 to 63 small letters, digits, dots and hyphens.
    static func isBucket(_ name: String) -> Bool {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        return allowed && (3...63).contains(name.utf8.count) && !name.hasPrefix("-") && !name.hasPrefix(".")
            && !name.hasSuffix("-") && !name.hasSuffix(".") && !name.contains("..")
    }
}

extension S3Location: CustomStringConvertible {
    /// The location as a storage URL.
    public var description: String {
        "s3://\(bucket)\(prefix.isEmpty ? "" : "/" + prefix)?endpoint=\(scheme)://\(authority)&region=\(region)"
            + "&style=\(style.rawValue)"
    }
}
