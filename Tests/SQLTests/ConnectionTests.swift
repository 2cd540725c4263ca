import SQL
import Testing

@Suite("Statements and rows")
struct ConnectionTests {
    @Test("Every kind of value comes back as it went in")
    func roundTrip() async throws {
        try await withDatabase { database in
            let values: [SQLValue] = [
                .null, .integer(.max), .integer(.min), .real(0.1), .text(""), .text("ü🎬 'quote'\n"), .blob([]),
                .blob([0, 255, 7]),
            ]
            try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (position BIGINT PRIMARY KEY, value BLOB)")
                for (position, value) in values.enumerated() {
                    try connection.execute("INSERT INTO t VALUES ($1, $2)", [SQLValue(position), value])
                }
            }
            let back = try await database.read { connection in
                try connection.query("SELECT value FROM t ORDER BY position").map { try $0.value("value") }
            }
            #expect(back == values)
        }
    }

    @Test("A text with a NUL is refused and not cut")
    func nul() async throws {
        try await withDatabase { database in
            let code = await failureCode { _ = try await database.read { try $0.query("SELECT $1 AS a", ["x\0y"]) } }
            #expect(code == .unstorableText)
        }
    }

    @Test("A parameter may occur twice and in any order")
    func numberedParameters() async throws {
        try await withDatabase { database in
            let row = try await database.read { connection in
                try connection.query("SELECT $2 AS second, $1 AS first, $2 AS again", [1, "two"])[0]
            }
            #expect(try row.integer("first") == 1)
            #expect(try row.text("second") == "two")
            #expect(try row.text("again") == "two")
        }
    }

    @Test("More than nine parameters bind by number")
    func manyParameters() async throws {
        try await withDatabase { database in
            let row = try await database.read { connection in
                try connection.query(
                    "SELECT $11 AS a, $1 AS b, $10 AS c", (1...11).map { SQLValue($0) })[0]
            }
            #expect(try [row.int("a"), row.int("b"), row.int("c")] == [11, 1, 10])
        }
    }

    @Test("Arguments too many or too few are a misuse", arguments: [[], [1, 2]] as [[SQLValue]])
    func wrongArgumentCount(arguments: [SQLValue]) async throws {
        try await withDatabase { database in
            let code = await failureCode { _ = try await database.read { try $0.query("SELECT $1 AS a", arguments) } }
            #expect(code == .misuse)
        }
    }

    @Test("Accessors refuse other kinds, missing columns and null")
    func accessors() async throws {
        try await withDatabase { database in
            let row = try await database.read { connection in
                try connection.query("SELECT 1 AS one, 'x' AS x, NULL AS absence, 2.5 AS half, 2 AS two, '{}' AS j")[0]
            }
            #expect(try row.bool("one"))
            #expect(try row.real("one") == 1)
            #expect(try row.optionalText("absence") == nil)
            #expect(try row.optionalInt("absence") == nil)
            #expect(throws: SQLFailure.self) { try row.text("one") }
            #expect(throws: SQLFailure.self) { try row.integer("half") }
            #expect(throws: SQLFailure.self) { try row.bool("two") }
            #expect(throws: SQLFailure.self) { try row.text("absence") }
            #expect(throws: SQLFailure.self) { try row.json("j", as: [Int].self) }
            let failure = #expect(throws: SQLFailure.self) { try row.value("absent") }
            #expect(failure?.code == .columnMissing)
        }
    }

    @Test("JSON has sorted keys and comes back")
    func json() async throws {
        struct Pair: Codable, Equatable {
            var b = 1
            var a = "x/y"
        }
        let value = try SQLValue.json(Pair())
        #expect(value == .text(#"{"a":"x/y","b":1}"#))
        try await withDatabase { database in
            let back = try await database.read { try $0.query("SELECT $1 AS j", [value])[0].json("j", as: Pair.self) }
            #expect(back == Pair())
        }
    }

    @Test("Changed rows are counted")
    func changes() async throws {
        try await withDatabase { database in
            let counts = try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (a BIGINT)")
                return [
                    try connection.execute("INSERT INTO t VALUES (1), (2), (3)"),
                    try connection.execute("UPDATE t SET a = 9 WHERE a > $1", [1]),
                    try connection.execute("DELETE FROM t WHERE a = 0"),
                ]
            }
            #expect(counts == [3, 2, 0])
        }
    }
}
