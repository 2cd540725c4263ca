internal import Ground
internal import MediaModel

/// The host of a `Host` field (RFC 9110 section 7.2), without its port.
struct HostName: Hashable, Sendable {
    /// In lower case, without a dot at its end; an IPv6 address without its brackets.
    let text: String

    /// Reads the value of a field.
    /// - Returns: `nil` if it is no host with or without a port.
    init?(_ field: String) {
        guard field.utf8.count <= 300 else { return nil }
        let host: Substring
        let rest: Substring
        if field.hasPrefix("[") {
            guard let end = field.firstIndex(of: "]") else { return nil }
            host = field[field.index(after: field.startIndex)..<end]
            rest = field[field.index(after: end)...]
            guard host.contains(":"), host.utf8.allSatisfy({ $0.isASCIIHexDigit || ":.".utf8.contains($0) }) else {
                return nil
            }
        } else {
            host = field.prefix { $0 != ":" }
            rest = field[host.endIndex...]
            guard host.utf8.allSatisfy({ $0.isASCIILetterOrDigit || "-._".utf8.contains($0) }) else { return nil }
        }
        guard rest.isEmpty || rest.first == ":", rest.dropFirst().utf8.allSatisfy(\.isASCIIDigit), rest.utf8.count <= 6
        else { return nil }
        let name = host.hasSuffix(".") && !host.contains(":") ? host.dropLast() : host
        guard
            name.contains(":")
                || !name.split(separator: ".", omittingEmptySubsequences: false).contains(where: \.isEmpty)
        else { return nil }
        text = name.lowercased()
    }

    /// Whether it names this machine and no other: `localhost`, names below it (RFC 6761), and addresses of the loopback.
    var isLoopback: Bool {
        if text == "localhost" || text.hasSuffix(".localhost") { return true }
        if text.contains(":") { return AddressBlock.isLoopback(text) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// Under which names a server may be asked.
///
/// A page of any site can have its own name lead to this machine (DNS rebinding), and is then of one origin with what
/// answers here; the name that it asks under gives it away.
public struct AllowedHosts: Hashable, Sendable {
    /// `nil` for every name.
    private let names: Set<HostName>?

    /// Every name.
    public static let any = AllowedHosts(names: nil)

    private init(names: Set<HostName>?) {
        self.names = names
    }

    /// Whether pages of an origin may change something: on a server that only this machine's users can reach and that has no
    /// names of its own, pages from elsewhere may not, whatever site its user looks at.
    /// - Parameter origin: The value of `Origin`: `scheme://host[:port]`, or `null`.
    func allowsChanges(from origin: String) -> Bool {
        guard names?.isEmpty == true else { return true }
        guard let scheme = origin.firstRange(of: "://") else { return false }
        return HostName(String(origin[scheme.upperBound...])).map(allows) ?? false
    }

    /// What holds for a server.
    /// - Parameters:
    ///   - names: The names that are configured: names or addresses, without ports. Those of the loopback are always allowed.
    ///   - host: The address to listen on.
    ///   - isBehindProxies: Whether reverse proxies of one's own pass requests on, under whatever name they are asked.
    /// - Returns: The configured names; without any, those of the loopback for a server that listens there alone and is
    ///   behind no proxy, and every name for any other. `nil` if one of `names` is none.
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

    /// Whether a server may be asked under a name.
    func allows(_ host: HostName) -> Bool {
        names.map { $0.contains(host) || host.isLoopback } ?? true
    }
}
