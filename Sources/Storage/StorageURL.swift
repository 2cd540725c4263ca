internal import Ground

/// The location of a store as a URL: `file:PATH` or `s3://BUCKET[/PREFIX][?endpoint=…&region=…&style=…]`.
public enum StorageURL: Sendable, Hashable {
    /// A local folder.
    case file(path: String)
    /// A bucket of an S3-style service.
    case s3(S3Location)

    /// Parses a storage URL.
    ///
    /// `endpoint` is `http://HOST[:PORT]` or `https://…`, by default that of AWS for the region; `region` is by default
    /// `us-east-1`; `style` is by default `host` on AWS and `path` elsewhere.
    /// - Throws: ``StorageURLError``.
    public init(_ text: String) throws(StorageURLError) {
        if text.hasPrefix("file:") {
            self = .file(path: try Self.path(text.dropFirst(5)))
        } else if text.hasPrefix("s3://") {
            self = .s3(try Self.bucket(text.dropFirst(5)))
        } else {
            throw StorageURLError("must begin with file: or s3://")
        }
    }

    private static func path(_ rest: Substring) throws(StorageURLError) -> String {
        var path = String(rest)
        if path.hasPrefix("//") {
            guard path.hasPrefix("///") else { throw StorageURLError("file:// takes no host; write file:/PATH") }
            path.removeFirst(2)
        }
        guard !path.isEmpty else { throw StorageURLError("file: needs a folder") }
        guard !path.contains("\0") else { throw StorageURLError("the folder's name contains a zero byte") }
        return path
    }

    private static func bucket(_ rest: Substring) throws(StorageURLError) -> S3Location {
        guard !rest.contains("#") else { throw StorageURLError("must not contain #") }
        let halves = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let names = halves[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bucket = String(names[0])
        guard !bucket.contains("@") else {
            throw StorageURLError("must hold no credentials; give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        guard S3Location.isBucket(bucket) else {
            throw StorageURLError("“\(bucket)” is not a bucket name: 3 to 63 small letters, digits, dots, hyphens")
        }
        var prefix = names.count > 1 ? String(names[1]) : ""
        if prefix.hasSuffix("/") { prefix.removeLast() }
        guard prefix.isEmpty || (StorageKey.isValid(prefix) && prefix.utf8.count <= 256) else {
            throw StorageURLError(
                "“\(prefix)” is not a prefix: letters, digits, . _ - in parts joined by single slashes")
        }
        let options = try options(halves.count > 1 ? halves[1] : "")
        let region = options["region"] ?? "us-east-1"
        guard isRegion(region) else { throw StorageURLError("“\(region)” is not a region name") }
        let endpoint = if let given = options["endpoint"] { try endpoint(given) } else { Endpoint?.none }
        let style = try style(options["style"], onAWS: endpoint == nil, bucket)
        return S3Location(
            bucket: bucket, prefix: prefix, scheme: endpoint?.scheme ?? "https",
            authority: endpoint?.authority ?? "s3.\(region).amazonaws.com", region: region, style: style)
    }

    private static func options(_ query: Substring) throws(StorageURLError) -> [String: String] {
        var options: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            guard ["endpoint", "region", "style"].contains(name) else {
                throw StorageURLError("“\(name)” is not an option: there are endpoint, region and style")
            }
            guard sides.count == 2, let value = PercentEncoding.decode(sides[1]), !value.isEmpty else {
                throw StorageURLError("the option \(name) needs a value")
            }
            guard options.updateValue(value, forKey: name) == nil else {
                throw StorageURLError("the option \(name) is given twice")
            }
        }
        return options
    }

    private static func isRegion(_ region: String) -> Bool {
        StorageKey.isValid(region) && !region.contains("/") && region.utf8.count <= 64
    }

    private static func style(_ given: String?, onAWS: Bool, _ bucket: String) throws(StorageURLError)
        -> S3Location.Style
    {
        if let given {
            guard let style = S3Location.Style(rawValue: given) else {
                throw StorageURLError("style is path or host, not “\(given)”")
            }
            return style
        }
        // The certificate of the service does not cover bucket names with dots.
        return onAWS && !bucket.contains(".") ? .host : .path
    }

    private struct Endpoint {
        let scheme: String
        let authority: String
    }

    private static func endpoint(_ text: String) throws(StorageURLError) -> Endpoint {
        guard let scheme = ["https", "http"].first(where: { text.hasPrefix("\($0)://") }) else {
            throw StorageURLError("the endpoint must begin with http:// or https://")
        }
        var authority = text.dropFirst(scheme.count + 3)
        if authority.hasSuffix("/") { authority.removeLast() }
        guard !authority.isEmpty, authority.utf8.allSatisfy({ isAuthority($0) }) else {
            throw StorageURLError("the endpoint must be a host with or without a port, and nothing else: “\(text)”")
        }
        let own = scheme == "http" ? ":80" : ":443"
        if authority.hasSuffix(own) { authority.removeLast(own.count) }
        return Endpoint(scheme: scheme, authority: authority.lowercased())
    }

    private static func isAuthority(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "-.:[]".utf8.contains(byte)
    }
}

/// Why a storage URL is invalid; the description continues a sentence that starts with the option's name.
public struct StorageURLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rest of the sentence.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
