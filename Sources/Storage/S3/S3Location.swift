internal import Ground

/// A bucket, the service that has it, and the folder of it that is used.
public struct S3Location: Sendable, Hashable {
    /// Where the bucket's name stands in a URL.
    public enum Style: String, Sendable, Hashable {
        /// `https://service/bucket/key`: works with every service.
        case path
        /// `https://bucket.service/key`: what AWS wants.
        case host
    }

    /// The bucket.
    public let bucket: String
    /// The folder of the bucket that holds all objects, without slashes at its ends; empty for the whole bucket.
    public let prefix: String
    /// `http` or `https`.
    public let scheme: String
    /// The service's name or address, with the port if it is not the scheme's own.
    public let authority: String
    /// The region that requests are signed for.
    public let region: String
    /// Where the bucket's name stands.
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

    /// The encoded path of the bucket, or of an object in it.
    func path(of key: String?) -> String {
        let root = style == .path ? "/" + PercentEncoding.encode(bucket, keepingSlash: false) : ""
        guard let key else { return root.isEmpty ? "/" : root }
        return root + "/" + PercentEncoding.encode(key, keepingSlash: true)
    }

    /// An object's name in the bucket.
    func fullKey(_ key: String) -> String { prefix.isEmpty ? key : "\(prefix)/\(key)" }

    /// The rule for names of buckets: 3 to 63 of small letters, digits, dots and hyphens.
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
    /// The location as it is given in a configuration.
    public var description: String {
        "s3://\(bucket)\(prefix.isEmpty ? "" : "/" + prefix)?endpoint=\(scheme)://\(authority)&region=\(region)"
            + "&style=\(style.rawValue)"
    }
}
