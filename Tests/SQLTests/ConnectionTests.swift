import SQL
import SQLFixtures
import Testing

@Suite("Statements and rows")
struct ConnectionTests {
    @Test("Every kind of value is returned unchanged")
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

    @Test("Every kind of value is read unchanged from a column of its type", arguments: DatabaseEngine.allCases)
    func typedRoundTrip(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            let bytes = engine == .sqlite ? "BLOB" : "BYTEA"
            let rows: [[SQLValue]] = [
                [.integer(.max), .real(0.1), .text("ü🎬 'quote'\n\\"), .blob([0, 255, 7, 92])],
                [.integer(.min), .real(-1e300), .text(""), .blob([])],
                [.null, .null, .null, .null],
                [0, .real(.leastNonzeroMagnitude), "NULL", .blob(Array(0...255))],
            ]
            try await database.transaction { connection in
                try connection.execute(
                    "CREATE TABLE t (n BIGINT PRIMARY KEY, i BIGINT, r DOUBLE PRECISION, t TEXT, b \(bytes))")
                for (number, row) in rows.enumerated() {
                    try connection.execute("INSERT INTO t VALUES ($1, $2, $3, $4, $5)", [SQLValue(number)] + row)
                }
            }
            let back = try await database.read { connection in
                try connection.query("SELECT i, r, t, b FROM t ORDER BY n").map { row in
                    try ["i", "r", "t", "b"].map { try row.value($0) }
                }
            }
            #expect(back == rows)
        }
    }

    @Test("Parameters need no cast beside columns, functions and numbers", arguments: DatabaseEngine.allCases)
    func parameterTypes(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            let row = try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (a BIGINT, b TEXT, c DOUBLE PRECISION)")
                try connection.execute("INSERT INTO t VALUES ($1, $2, $1)", [4, nil])
                try connection.execute("UPDATE t SET a = COALESCE($1, a) + $2, b = COALESCE(b, $3)", [nil, 1, "x"])
                return try connection.query(
                    """
                    SELECT SUM(a) AS total, COUNT(*) AS count, MAX(c) AS c, MAX(b) AS b, COALESCE($1, 7) AS seven,
                        CAST($2 AS TEXT) IS NULL AS absent, CASE WHEN $3 > 1 THEN $3 ELSE 0 END AS two
                    FROM t WHERE a >= $3 AND (a <> $1 OR $1 = 7) LIMIT $3
                    """, [7, nil, 2])[0]
            }
            #expect(try [row.int("total"), row.int("count"), row.int("seven"), row.int("two")] == [5, 1, 7, 2])
            #expect(try row.real("c") == 4)
            #expect(try row.text("b") == "x")
            #expect(try row.bool("absent"))
        }
    }

    @Test("Texts of a table are sorted by their bytes", arguments: DatabaseEngine.allCases)
    func order(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            let statement = "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY, textile TEXT, TEXTS BIGINT)"
            try await Migrator.migrate(database, [Migration(version: 1, name: "t", statements: [statement])])
            let order = try await database.transaction { connection in
                for text in ["b", "{", "B", "_", "a", "A", "é"] {
                    try connection.execute("INSERT INTO t (a) VALUES ($1)", [.text(text)])
                }
                return try connection.query("SELECT a FROM t WHERE a < $1 ORDER BY a", ["é"]).map { try $0.text("a") }
            }
            #expect(order == ["A", "B", "_", "a", "b", "{"])
        }
    }

    @Test("A text with a NUL is refused and not truncated", arguments: DatabaseEngine.allCases)
    func nul(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            let code = await failureCode { _ = try await database.read { try $0.query("SELECT $1 AS a", ["x\0y"]) } }
            #expect(code == .unstorableText)
        }
    }

    @Test("A parameter may occur twice and in any order", arguments: DatabaseEngine.allCases)
    func numberedParameters(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            let row = try await database.read { connection in
                try connection.query("SELECT $2 AS second, $1 AS first, $2 AS again", [1, "two"])[0]
            }
            #expect(try row.integer("first") == 1)
            #expect(try row.text("second") == "two")
            #expect(try row.text("again") == "two")
        }
    }

    @Test("More than nine parameters are bound by number", arguments: DatabaseEngine.allCases)
    func manyParameters(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            let row = try await database.read { connection in
                try connection.query(
                    "SELECT $11 AS a, $1 AS b, $10 AS c", (1...11).map { SQLValue($0) })[0]
            }
            #expect(try [row.int("a"), row.int("b"), row.int("c")] == [11, 1, 10])
        }
    }

    @Test(
        "Too many or too few arguments are a misuse", arguments: DatabaseEngine.allCases, [[], [1, 2]] as [[SQLValue]])
    func wrongArgumentCount(on engine: DatabaseEngine, arguments: [SQLValue]) async throws {
        try await withDatabase(engine) { database in
            let code = await failureCode { _ = try await database.read { try $0.query("SELECT $1 AS a", arguments) } }
            #expect(code == .misuse)
        }
    }

    @Test("Accessors refuse values of other kinds, missing columns and null", arguments: DatabaseEngine.allCases)
    func accessors(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
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

    @Test("JSON has sorted keys and is read back unchanged", arguments: DatabaseEngine.allCases)
    func json(on engine: DatabaseEngine) async throws {
        struct Pair: Codable, Equatable {
            var b = 1
            var a = "x/y"
        }
        let value = try SQLValue.json(Pair())
        #expect(value == .text(#"{"a":"x/y","b":1}"#))
        try await withDatabase(engine) { database in
            let back = try await database.read { try $0.query("SELECT $1 AS j", [value])[0].json("j", as: Pair.self) }
            #expect(back == Pair())
        }
    }

    @Test("Changed rows are counted", arguments: DatabaseEngine.allCases)
    func changes(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
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
