@testable import Redis
@testable import SQL
@testable import Storage
@testable import Webhooks

extension FuzzedParser {
    private static let marks = [
        "://", ":", "@", "/", "?", "&", "=", "%", "%00", "%zz", "#", "[", "]", "[::1]", "é", "\0",
    ]

    /// Addresses of databases, stores and endpoints.
    static let addresses: [FuzzedParser] = [
        FuzzedParser(
            "redis-url",
            texts: [
                "redis://user:secret@host:6379/1", "rediss://[::1]:1?ca=/a%20b&verify=none",
                "redis+unix:/run/redis.sock?db=2",
                "redis+unix://:pw@/run/x",
            ], words: marks + ["redis://", "rediss://", "redis+unix:", "db=", "ca=", "verify="]
        ) { text, _ in
            guard let endpoint = try? RedisEndpoint(parsing: text) else { throw Refused() }
            try require(endpoint.database >= 0, "the number of a database")
            guard case .tcp(let host, let port) = endpoint.address else { return }
            try require(!host.isEmpty && (1...65_535).contains(port), "a host and a port")
        },
        FuzzedParser(
            "database-url",
            texts: [
                "postgres://user:secret@host:5432/name?sslmode=require",
                "postgresql:///name?host=/run/postgresql&port=1",
                "sqlite:/data/db.sqlite", "sqlite:///x", "postgres://[::1]/a%2Fb",
            ], words: marks + ["sslmode=", "connect_timeout=", "host=", "postgres://", "sqlite:"]
        ) { text, _ in
            guard let url = try? DatabaseURL(text) else { throw Refused() }
            switch url.engine {
            case .sqlite(let path): try require(!path.isEmpty && !path.utf8.contains(0), "a path")
            case .postgreSQL(let endpoint):
                try require(endpoint.port > 0 && !endpoint.host.isEmpty && !endpoint.database.isEmpty, "all parts")
                // A password may be a piece of the rest by chance, so the rest is compared as a whole.
                let user = endpoint.user.map { "\($0)@" } ?? ""
                let shown = [
                    "postgres://\(user)\(endpoint.host):\(endpoint.port)/\(endpoint.database)",
                    "postgres://\(user)/\(endpoint.database)?host=\(endpoint.host)",
                ]
                try require(shown.contains("\(url)"), "no password is shown")
            }
        },
        FuzzedParser(
            "storage-url",
            texts: [
                "s3://bucket/prefix?endpoint=http%3A%2F%2Flocalhost:9000&region=eu-1&style=path", "file:/data",
                "file:///x",
                "s3://my.bucket",
            ], words: marks + ["s3://", "file:", "endpoint=", "region=", "style=host", ".."]
        ) { text, _ in
            guard case .s3(let location)? = try? StorageURL(text) else { throw Refused() }
            try require(S3Location.isBucket(location.bucket), "a bucket")
            try require(location.prefix.isEmpty || StorageKey.isValid(location.prefix), "a prefix that is a key")
            try require(!location.authority.isEmpty, "a service")
        },
        FuzzedParser(
            "endpoint-url",
            texts: [
                "https://example.org:8443/hook?a=b", "http://[2001:db8::1]/", "https://93.184.216.34",
                "https://a_b.c-d",
            ],
            words: marks + [
                "https://", "127.0.0.1", "0x7f000001", "127.1", "localhost", "::ffff:127.0.0.1", "user@", "\\",
            ]
        ) { text, _ in
            let addresses = AddressGuard()
            guard let url = try? EndpointURL(text, allowsPlain: true, addresses: addresses) else { throw Refused() }
            try require(!url.host.isEmpty && (1...65_535).contains(url.port) && url.target.hasPrefix("/"), "all parts")
            try require(IPAddress(url.host).map { addresses.allows($0) } ?? true, "no closed address")
            try require(!url.target.contains(" ") && !url.hostHeader.contains("\r"), "nothing that splits a request")
        },
        FuzzedParser(
            "network", texts: ["10.0.0.0/8", "fd00::/8", "::ffff:1.2.3.4/128", "1.2.3.4"],
            words: ["/", ":", "::", ".", "256"]
        ) { text, chance in
            let bytes = (0..<chance.one(of: [4, 16])).map { _ in UInt8(chance.below(256)) }
            _ = Network(text)?.contains(IPAddress(bytes: bytes))
            try require(IPAddress(text).map { [4, 16].contains($0.bytes.count) } ?? true, "4 or 16 bytes")
        },
    ]
}
