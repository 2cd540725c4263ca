/// Where a Redis server listens, and as whom to speak to it.
public struct RedisEndpoint: Sendable, Hashable {
    /// The kind of socket.
    public enum Address: Sendable, Hashable {
        /// A unix socket; the path may be longer than a socket address holds.
        case unixSocket(String)
        /// A TCP port of a host name or IP address.
        case tcp(host: String, port: Int)
    }

    /// The socket.
    public var address: Address
    /// Name for `AUTH`; `nil` is the default user.
    public var user: String?
    /// Password for `AUTH`; `nil` sends none. Never printed.
    public var password: String?
    /// The numbered database.
    public var database: Int

    /// An endpoint.
    public init(_ address: Address, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.address = address
        self.user = user
        self.password = password
        self.database = database
    }

    /// A unix socket without authentication.
    public static func unixSocket(_ path: String) -> RedisEndpoint { RedisEndpoint(.unixSocket(path)) }

    /// A TCP port without authentication.
    public static func tcp(host: String, port: Int = 6379) -> RedisEndpoint {
        RedisEndpoint(.tcp(host: host, port: port))
    }

    /// Reads `redis://[[user]:password@]host[:port][/database]` or `redis+unix:PATH`.
    /// - Throws: ``RedisEndpointError`` saying which part is wrong; `rediss://` is refused.
    public init(parsing text: String) throws(RedisEndpointError) {
        if text.hasPrefix("redis+unix:") {
            var path = text.dropFirst("redis+unix:".count)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
            guard !path.isEmpty else { throw RedisEndpointError("redis+unix: needs the path of a socket") }
            self.init(.unixSocket(String(path)))
            return
        }
        if text.hasPrefix("rediss://") { throw RedisEndpointError("rediss:// (TLS) is not supported") }
        guard text.hasPrefix("redis://") else {
            throw RedisEndpointError("a Redis URL starts with redis:// or redis+unix:")
        }
        var rest = text.dropFirst("redis://".count)
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw RedisEndpointError("before @ a Redis URL has user:password") }
            user = parts[0].isEmpty ? nil : try RedisEndpoint.decoded(parts[0])
            password = try RedisEndpoint.decoded(parts[1])
            rest = rest[rest.index(after: at)...]
        }
        var database = 0
        if let slash = rest.firstIndex(of: "/") {
            let digits = rest[rest.index(after: slash)...]
            guard digits.isEmpty || UInt16(digits) != nil else {
                throw RedisEndpointError("after / a Redis URL has the number of a database")
            }
            database = Int(digits) ?? 0
            rest = rest[..<slash]
        }
        let (host, port) = try RedisEndpoint.hostAndPort(rest)
        self.init(.tcp(host: host, port: port), user: user, password: password, database: database)
    }

    private static func hostAndPort(_ text: Substring) throws(RedisEndpointError) -> (String, Int) {
        var host = text
        var port: Substring = "6379"
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            if tail.hasPrefix(":") { port = tail.dropFirst() }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw RedisEndpointError("a Redis URL names a host") }
        guard let number = UInt16(port), number > 0 else { throw RedisEndpointError("a port is 1…65535") }
        return (String(host), Int(number))
    }

    /// Undoes percent-encoding.
    private static func decoded(_ text: Substring) throws(RedisEndpointError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                throw RedisEndpointError("a % in a Redis URL is followed by two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension RedisEndpoint: CustomStringConvertible {
    /// The socket alone; never a password.
    public var description: String {
        switch address {
        case .unixSocket(let path): "redis+unix:\(path)"
        case .tcp(let host, let port): "redis://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        }
    }
}

/// A Redis URL that cannot be used.
public struct RedisEndpointError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, in one line, without the URL's password.
    public let description: String

    init(_ description: String) { self.description = description }
}
