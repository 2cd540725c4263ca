internal import Ground
internal import MediaModel

/// The host of a `Host` field (RFC 9110 section 7.2), without its port.
struct HostName: Hashable, Sendable {
    /// The host in lower case, without a dot at its end; an IPv6 address without its brackets.
    let text: String

    /// Reads the value of a field.
    /// - Returns: `nil` if it is not a host with or without a port.
    init?(_ field: String) {
        guard field.utf8.count <= 300 else { return nil }
        let host: Substring
        let rest: Substring
        if field.utf8.first == UInt8(ascii: "[") {
            guard let end = field.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = field[field.index(after: field.startIndex)..<end]
            rest = field[field.index(after: end)...]
            guard host.utf8.contains(UInt8(ascii: ":")),
                host.utf8.allSatisfy({ $0.isASCIIHexDigit || ":.".utf8.contains($0) })
            else {
                return nil
            }
        } else {
            host = field[..<(field.utf8.firstIndex(of: UInt8(ascii: ":")) ?? field.endIndex)]
            rest = field[host.endIndex...]
            guard host.utf8.allSatisfy({ $0.isASCIILetterOrDigit || "-._".utf8.contains($0) }) else { return nil }
        }
        guard rest.utf8.isEmpty || rest.utf8.first == UInt8(ascii: ":"),
            rest.utf8.dropFirst().allSatisfy(\.isASCIIDigit), rest.utf8.count <= 6
        else { return nil }
        let isAddress = host.utf8.contains(UInt8(ascii: ":"))
        let name = host.utf8.last == UInt8(ascii: ".") && !isAddress ? host.dropLast() : host
        var previous = UInt8(ascii: ".")
        for byte in name.utf8 where !isAddress {
            // Labels are not empty.
            guard byte != UInt8(ascii: ".") || previous != byte else { return nil }
            previous = byte
        }
        guard isAddress || previous != UInt8(ascii: ".") else { return nil }
        text = name.lowercased()
    }

    /// Whether it always names this machine: `localhost`, names below it (RFC 6761), and loopback addresses.
    var isLoopback: Bool {
        if text == "localhost" || text.hasSuffix(".localhost") { return true }
        if text.contains(":") { return AddressBlock.isLoopback(text) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// The hosts for which a server accepts requests.
///
/// A site can let its own name resolve to this machine (DNS rebinding); its pages are then of the same origin as this server.
/// Such requests are recognised by their `Host` field.
public struct AllowedHosts: Hashable, Sendable {
    /// `nil` for every name.
    private let names: Set<HostName>?

    /// Every name.
    public static let any = AllowedHosts(names: nil)

    private init(names: Set<HostName>?) {
        self.names = names
    }

    /// Whether pages of an origin may change something. On a server that only this machine's users can reach, and for which no
    /// hosts are configured, pages of other sites may not.
    /// - Parameter origin: The value of `Origin`: `scheme://host[:port]`, or `null`.
    func allowsChanges(from origin: String) -> Bool {
        guard names?.isEmpty == true else { return true }
        guard let scheme = origin.firstRange(of: "://") else { return false }
        return HostName(String(origin[scheme.upperBound...])).map(allows) ?? false
    }

    /// The hosts of a server: the configured ones; if none are, loopback names for a server that listens only there and is not
    /// behind a proxy, and every host for any other server.
    /// - Parameters:
    ///   - names: The configured hosts: names or addresses, without ports. Loopback names are always allowed.
    ///   - host: The address to listen on.
    ///   - isBehindProxies: Whether reverse proxies of the operator pass requests on, with whatever host they were sent to.
    /// - Returns: `nil` if one of `names` is not a host.
    public init?(_ names: [String], listeningOn host: String, isBehindProxies: Bool) {
        var found: Set<HostName> = []
        for name in names {
            let isAddress = name.contains(":") && !name.hasPrefix("[")
            guard let host = HostName(isAddress ? "[\(name)]" : name) else { return nil }
            found.insert(host)
        }
        let isLocal = HostName(host.contains(":") ? "[\(host)]" : host)?.isLoopback ?? false
        self.names = found.isEmpty && (!isLocal || isBehindProxies) ? nil : found
    }

    /// Whether the server accepts requests for a host.
    func allows(_ host: HostName) -> Bool {
        names.map { $0.contains(host) || host.isLoopback } ?? true
    }
}
