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
    /// How TLS is spoken; `nil` speaks plainly.
    public var tls: TLS?

    /// Whom to trust where TLS is spoken.
    public struct TLS: Sendable, Hashable {
        /// A PEM file with the authorities to trust; `nil` trusts the machine's.
        public var authorityFile: String?
        /// Whether the server's certificate and name are checked. Without it anybody on the way can listen.
        public var verifies: Bool

        /// Settings; checked against the machine's authorities by default.
        public init(authorityFile: String? = nil, verifies: Bool = true) {
            self.authorityFile = authorityFile
            self.verifies = verifies
        }
    }

    /// An endpoint.
    public init(
        _ address: Address, user: String? = nil, password: String? = nil, database: Int = 0, tls: TLS? = nil
    ) {
        self.tls = tls
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
}

extension RedisEndpoint: CustomStringConvertible {
    /// The socket alone; never a password.
    public var description: String {
        switch address {
        case .unixSocket(let path): "redis+unix:\(path)"
        case .tcp(let host, let port):
            "\(tls == nil ? "redis" : "rediss")://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        }
    }
}

/// A Redis URL that cannot be used.
public struct RedisEndpointError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, in one line, without the URL's password.
    public let description: String

    init(_ description: String) { self.description = description }
}
