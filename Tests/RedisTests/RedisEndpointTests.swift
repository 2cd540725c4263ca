import Redis
import Testing

@Suite("Redis URLs") struct RedisEndpointTests {
    @Test(
        "are read",
        arguments: [
            ("redis://localhost", RedisEndpoint.tcp(host: "localhost")),
            ("redis://10.0.0.1:7000/3", RedisEndpoint(.tcp(host: "10.0.0.1", port: 7000), database: 3)),
            ("redis://[::1]:7000/", .tcp(host: "::1", port: 7000)),
            ("redis://:p%40ss@h", RedisEndpoint(.tcp(host: "h", port: 6379), password: "p@ss")),
            ("redis://me:a:b@h", RedisEndpoint(.tcp(host: "h", port: 6379), user: "me", password: "a:b")),
            ("redis+unix:/run/redis.sock", .unixSocket("/run/redis.sock")),
            ("redis+unix:///run/redis.sock", .unixSocket("/run/redis.sock")),
        ])
    func parsed(text: String, endpoint: RedisEndpoint) throws {
        #expect(try RedisEndpoint(parsing: text) == endpoint)
    }

    @Test(
        "are refused when a part is wrong, without showing the password",
        arguments: [
            "", "http://h", "redis://", "redis://h:0", "redis://h:99999", "redis://h/x", "redis://secret@h",
            "redis://u:%zz@h", "rediss://h", "redis+unix:",
        ])
    func refused(text: String) {
        let error = #expect(throws: RedisEndpointError.self) { try RedisEndpoint(parsing: text) }
        #expect(error?.description.contains("secret") == false)
    }

    @Test("never print a password") func redacted() throws {
        let endpoint = try RedisEndpoint(parsing: "redis://u:secret@h:1/2")
        #expect("\(endpoint)" == "redis://h:1/2")
    }
}
