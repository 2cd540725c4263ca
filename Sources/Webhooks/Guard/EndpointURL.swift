/// A URL that deliveries may be sent to, in its parts.
public struct EndpointURL: Sendable, Hashable {
    /// Whether the connection uses TLS.
    public let isSecure: Bool
    /// A name or an address, without brackets, in lower case.
    public let host: String
    /// 1…65535.
    public let port: Int
    /// Path and query, as they go into the request.
    public let target: String

    /// Why a URL is refused.
    public enum Fault: String, Error, Sendable {
        /// Not a URL of this form, or too long.
        case malformed = "invalid_url"
        /// Another scheme than `https`, or `http` where that is not allowed.
        case scheme = "scheme_not_allowed"
        /// A user name or password in it.
        case credentials = "credentials_not_allowed"
        /// An address that is not public.
        case address = "address_not_allowed"
    }

    /// Most bytes of a URL.
    public static let limit = 2048

    /// Reads `https://host[:port][/path][?query]`, strictly: a URL that two parsers could read differently is refused.
    /// - Parameters:
    ///   - allowsPlain: Whether `http` is accepted too.
    ///   - addresses: Checks a host that is an address; names are checked when they are resolved.
    /// - Throws: ``Fault``.
    public init(_ text: String, allowsPlain: Bool, addresses: AddressGuard) throws(Fault) {
        let printable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
        guard text.utf8.count <= Self.limit, printable, let colon = text.firstRange(of: "://") else { throw .malformed }
        switch text[..<colon.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http" where allowsPlain: isSecure = false
        default: throw .scheme
        }
        let rest = text[colon.upperBound...]
        // A fragment is never sent, so one in a URL is a mistake.
        guard !rest.contains("#") else { throw .malformed }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else { throw .credentials }
        (host, port) = try Self.split(authority, standard: isSecure ? 443 : 80)
        target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
        if let address = IPAddress(host) {
            guard addresses.allows(address) else { throw .address }
        }
    }

    /// The `Host` header: the port only where it is not the scheme's own.
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static func split(_ authority: Substring, standard: Int) throws(Fault) -> (String, Int) {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw .malformed }
            host = authority[authority.index(after: authority.startIndex)..<close]
            let tail = authority[authority.index(after: close)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw .malformed }
            port = tail.isEmpty ? nil : tail.dropFirst()
            guard host.contains(":"), IPAddress(host) != nil else { throw .malformed }
        } else {
            if let colon = authority.firstIndex(of: ":") {
                host = authority[..<colon]
                port = authority[authority.index(after: colon)...]
            }
            guard isName(host) else { throw .malformed }
        }
        guard let port else { return (host.lowercased(), standard) }
        guard port.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(port), number > 0 else {
            throw .malformed
        }
        return (host.lowercased(), Int(number))
    }

    /// Labels of letters, digits, dashes and underscores. A last label of digits must be an address written in full: a
    /// resolver would take `127.1` or `0x7f000001` for one too.
    private static func isName(_ host: Substring) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isWellFormed =
            host.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            }
        guard isWellFormed, let last = labels.last?.lowercased() else { return false }
        let looksNumeric =
            last.allSatisfy(\.isNumber) || (last.hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit))
        return !looksNumeric || IPAddress(host) != nil
    }
}
