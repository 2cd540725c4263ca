import Redis
import Testing

@Suite("Redis URLs") struct RedisEndpointTests {
    @Test(
        "are parsed",
        arguments: [
            ("redis://localhost", RedisEndpoint.tcp(host: "localhost")),
            ("redis://10.0.0.1:7000/3", RedisEndpoint(.tcp(host: "10.0.0.1", port: 7000), database: 3)),
            ("redis://[::1]:7000/", .tcp(host: "::1", port: 7000)),
            ("redis://:p%40ss@h", RedisEndpoint(.tcp(host: "h", port: 6379), password: "p@ss")),
            ("redis://me:a:b@h", RedisEndpoint(.tcp(host: "h", port: 6379), user: "me", password: "a:b")),
            ("redis+unix:/run/redis.sock", .unixSocket("/run/redis.sock")),
            ("redis+unix:///run/redis.sock", .unixSocket("/run/redis.sock")),
            ("redis+unix:///run/a%20b.sock?db=4", RedisEndpoint(.unixSocket("/run/a b.sock"), database: 4)),
            (
                "redis+unix://u:p@/run/redis.sock",
                RedisEndpoint(.unixSocket("/run/redis.sock"), user: "u", password: "p")
            ),
            ("rediss://h", RedisEndpoint(.tcp(host: "h", port: 6379), tls: .init())),
            (
                "rediss://u:p%3Fq@h:1/2?ca=/etc/my%20ca.pem",
                RedisEndpoint(
                    .tcp(host: "h", port: 1), user: "u", password: "p?q", database: 2,
                    tls: .init(authorityFile: "/etc/my ca.pem"))
            ),
            ("rediss://h?verify=none", RedisEndpoint(.tcp(host: "h", port: 6379), tls: .init(verifies: false))),
            ("rediss://h/?verify=full", RedisEndpoint(.tcp(host: "h", port: 6379), tls: .init())),
        ])
    func parsed(text: String, endpoint: RedisEndpoint) throws {
        #expect(try RedisEndpoint(parsing: text) == endpoint)
    }

    @Test(
        "with an invalid part are refused with an error that does not contain the password",
        arguments: [
            "", "http://h", "redis://", "redis://h:0", "redis://h:99999", "redis://h/x", "redis://secret@h",
            "redis://u:%zz@h", "rediss://", "redis+unix:", "redis://h?verify=none", "rediss://h?verify=maybe",
            "rediss://h?ca=", "rediss://u:secret@h?secret=1", "redis+unix:/s?db=x", "redis+unix://u:secret@h/s",
        ])
    func refused(text: String) {
        let error = #expect(throws: RedisEndpointError.self) { try RedisEndpoint(parsing: text) }
        #expect(error?.description.contains("secret") == false)
    }

    @Test("are printed without a password") func redacted() throws {
        let endpoint = try RedisEndpoint(parsing: "redis://u:secret@h:1/2")
        #expect("\(endpoint)" == "redis://h:1/2")
        #expect("\(try RedisEndpoint(parsing: "rediss://:secret@h/2"))" == "rediss://h:6379/2")
    }
}
