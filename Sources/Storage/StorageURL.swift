internal import Ground

/// Where objects are kept, as one text: `file:PATH` or `s3://BUCKET[/PREFIX][?endpoint=…&region=…&style=…]`.
public enum StorageURL: Sendable, Hashable {
    /// A folder of this machine.
    case file(path: String)
    /// A bucket of an S3-style service.
    case s3(S3Location)

    /// Reads a text.
    ///
    /// `endpoint` is `http://HOST[:PORT]` or `https://…`, AWS' own for the region if absent; `region` is `us-east-1`
    /// if absent; `style` is `host` on AWS and `path` elsewhere if absent.
    /// - Throws: ``StorageURLError``, which says what is wrong.
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
        guard !path.isEmpty else { throw StorageURLError("file: needs a folder behind it") }
        guard !path.contains("\0") else { throw StorageURLError("the folder's name has a zero byte in it") }
        return path
    }

    private static func bucket(_ rest: Substring) throws(StorageURLError) -> S3Location {
        guard !rest.contains("#") else { throw StorageURLError("has a # in it") }
        let halves = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let names = halves[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bucket = String(names[0])
        guard !bucket.contains("@") else {
            throw StorageURLError("must hold no credentials; give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        guard S3Location.isBucket(bucket) else {
            throw StorageURLError("“\(bucket)” is no name of a bucket: 3 to 63 small letters, digits, dots, hyphens")
        }
        var prefix = names.count > 1 ? String(names[1]) : ""
        if prefix.hasSuffix("/") { prefix.removeLast() }
        guard prefix.isEmpty || (StorageKey.isValid(prefix) && prefix.utf8.count <= 256) else {
            throw StorageURLError("“\(prefix)” is no prefix: letters, digits, . _ - in parts joined by single slashes")
        }
        let options = try options(halves.count > 1 ? halves[1] : "")
        let region = options["region"] ?? "us-east-1"
        guard isRegion(region) else { throw StorageURLError("“\(region)” is no name of a region") }
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
                throw StorageURLError("“\(name)” is no option: there are endpoint, region and style")
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
        // A bucket with a dot in its name has no certificate of its own.
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
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }
}

/// What is wrong with a storage URL, as the rest of a sentence that begins with where it was given.
public struct StorageURLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rest of a sentence.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
