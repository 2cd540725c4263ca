import SQL
import Testing

@Suite("Database URLs")
struct EndpointTests {
    @Test("Every part of a URL is parsed")
    func parts() throws {
        let endpoint = try PostgreSQLEndpoint(
            "postgresql://v%40h:p%3A%2F%25@db.example:6432/video%20host?sslmode=verify-full&connect_timeout=3")
        #expect(endpoint.host == "db.example" && endpoint.port == 6432 && endpoint.user == "v@h")
        #expect(endpoint.database == "video host")
        #expect(endpoint.options == ["sslmode": "verify-full", "connect_timeout": "3"])
        #expect("\(endpoint)" == "postgres://v@h@db.example:6432/video host")
    }

    @Test(
        "Omitted parts have defaults",
        arguments: [
            ("postgres:///v", "localhost", 5432), ("postgres://h/v", "h", 5432), ("postgres://[::1]:7/v", "::1", 7),
            ("postgres:///v?host=/run/postgresql&port=8", "/run/postgresql", 8), ("postgres://%2Ftmp/v", "/tmp", 5432),
            ("postgres://u:@h/v", "h", 5432), ("postgres://u@h:/v", "h", 5432),
            ("postgres://x/w?dbname=v&host=h", "h", 5432),
        ] as [(String, String, UInt16)])
    func defaults(text: String, host: String, port: UInt16) throws {
        let endpoint = try PostgreSQLEndpoint(text)
        #expect(endpoint.host == host && endpoint.port == port && endpoint.database == "v")
    }

    @Test(
        "The error for an invalid URL has the reason and never the password",
        arguments: [
            "mysql://u:secret@h/v", "postgres://u:secret@h", "postgres://u:secret@h/", "postgres://u:secret@h:0/v",
            "postgres://u:secret@h:port/v", "postgres://u:secret@h/v?sslmode=maybe",
            "postgres://u:secret@h/v?color=red",
            "postgres://u:secret@h/v?sslmode", "postgres://u:secret@h/v?connect_timeout=0", "postgres://u:secret%@h/v",
            "postgres://u:secret@a,b/v", "postgres://u:secret@[::1/v", "postgres://u:secret#@h/v",
            "postgres://u:secret%00@h/v", "postgres://u:secret%ff@h/v", "postgres://u:secret@h/v/w",
            "postgres://u:secret/more@h/v", "postgres://u:more@secret@h/v", "postgres://u:a?b@secret@h/v",
            "postgres://h?password=secret@b/v", "postgres://h/v?sslpassword=secret",
            "postgres://h/v?password=secret&color=red",
            "postgres://h/v?password=sec=secret", "postgres://h/v?client_encoding=secret", "postgres://u:secret\0@h/v",
            "postgres://u:secret@h/v?sslmode=", "host=h dbname=v password=secret", "sqlite:", "sqlite://host/file",
            "secret",
        ])
    func invalid(text: String) {
        let failure = #expect(throws: SQLFailure.self) { try DatabaseURL(text) }
        #expect(failure?.code == .invalidURL)
        #expect(failure?.message.contains("secret") == false)
    }

    @Test("No description of a URL has its password")
    func redaction() throws {
        let url = try DatabaseURL("postgres://u:secret@h/v")
        var dumped = ""
        dump(url, to: &dumped)
        for text in ["\(url)", String(reflecting: url), dumped] { #expect(!text.contains("secret"), "\(text)") }
    }

    @Test("A part that occurs twice, or as a parameter, has the value that psql would use")
    func repeated() throws {
        let endpoint = try PostgreSQLEndpoint("postgres://u:p@h/v?user=w&password=secret&sslmode=allow&sslmode=require")
        #expect(endpoint.user == "w" && endpoint.options == ["sslmode": "require"])
        #expect(!"\(endpoint)".contains("secret"))
    }

    @Test("A file URL may have an empty host", arguments: ["sqlite:/a/b", "sqlite:///a/b"])
    func file(text: String) throws {
        #expect(try DatabaseURL(text).engine == .sqlite(path: "/a/b"))
    }
}
