/// The address of a Redis server, and how to authenticate and encrypt.
public struct RedisEndpoint: Sendable, Hashable {
    /// The kind of socket.
    public enum Address: Sendable, Hashable {
        /// A unix socket; the path may be longer than a socket address holds.
        case unixSocket(String)
        /// A TCP port of a host name or IP address.
        case tcp(host: String, port: Int)
    }

    /// The address of the socket.
    public var address: Address
    /// The user for `AUTH`; `nil` for the default user.
    public var user: String?
    /// The password for `AUTH`; `nil` for no authentication. Never printed.
    public var password: String?
    /// The number of the database.
    public var database: Int
    /// The TLS settings; `nil` for no TLS.
    public var tls: TLS?

    /// The settings of TLS.
    public struct TLS: Sendable, Hashable {
        /// A PEM file with the certificate authorities to trust; `nil` for the machine's.
        public var authorityFile: String?
        /// Whether the server's certificate and name are verified. Without it, the connection can be intercepted.
        public var verifies: Bool

        /// Creates settings; by default the machine's authorities are trusted.
        public init(authorityFile: String? = nil, verifies: Bool = true) {
            self.authorityFile = authorityFile
            self.verifies = verifies
        }
    }

    /// Creates an endpoint.
    public init(
        _ address: Address, user: String? = nil, password: String? = nil, database: Int = 0, tls: TLS? = nil
    ) {
        self.tls = tls
        self.address = address
        self.user = user
        self.password = password
        self.database = database
    }

    /// The endpoint of a unix socket without authentication.
    public static func unixSocket(_ path: String) -> RedisEndpoint { RedisEndpoint(.unixSocket(path)) }

    /// The endpoint of a TCP port without authentication.
    public static func tcp(host: String, port: Int = 6379) -> RedisEndpoint {
        RedisEndpoint(.tcp(host: host, port: port))
    }
}

extension RedisEndpoint: CustomStringConvertible {
    /// The address, without user and password.
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
    /// One line that says what is wrong, without the URL's password.
    public let description: String

    init(_ description: String) { self.description = description }
}
