import Ground
import SQL
import SQLFixtures
import Testing

/// Tests with a server that is unreachable, slow or refuses.
@Suite("Failures of a PostgreSQL server", .timeLimit(.minutes(2)))
struct PostgreSQLServerTests {
    private static func configuration(connections: Int = 8, patience: Duration) -> PostgreSQLConfiguration {
        var configuration = PostgreSQLConfiguration()
        configuration.maximumConnections = connections
        configuration.patience = patience
        return configuration
    }

    @Test(
        "After the server was killed and restarted, the next transaction succeeds, and the one in progress is run again"
    )
    func crash() async throws {
        let server = try await PostgreSQLServer.start()
        let database = try await PostgreSQLDatabase.open(
            try await server.newDatabase(), Self.configuration(connections: 2, patience: .seconds(60)))
        try await database.transaction { _ = try $0.execute("CREATE TABLE t (a BIGINT PRIMARY KEY)") }
        try server.crash()
        while true {
            do {
                try await database.transaction {
                    _ = try $0.execute("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING")
                }
                break
            } catch let failure as SQLFailure where failure.code == .outcomeUnknown {
                // The last process of the old server may live long enough to receive the change but not its commit.
                continue
            }
        }
        let runs = RunCount()
        try await database.transaction { connection in
            try connection.execute("INSERT INTO t VALUES (2)")
            if runs.add() == 1 {
                try server.crash()
                // Ends only when the server ends.
                _ = try connection.query("SELECT pg_sleep(20) AS n")
            }
        }
        #expect(try await PostgreSQLTransactionTests.number(database, "SELECT SUM(a) AS n FROM t") == 3)
        #expect(runs.value == 2)
        await database.close()
        await server.stop()
    }

    @Test("The outcome of a transaction is unknown if the server is lost during the commit")
    func lostCommit() async throws {
        try await PostgreSQLTransactionTests.withServer { database in
            try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (a BIGINT)")
                try connection.execute(
                    """
                    CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'
                    """)
                try connection.execute(
                    """
                    CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION leave()
                    """)
            }
            let code = await failureCode {
                try await database.transaction { _ = try $0.execute("INSERT INTO t VALUES (1)") }
            }
            #expect(code == .outcomeUnknown)
            #expect(try await PostgreSQLTransactionTests.number(database, "SELECT COUNT(*) AS n FROM t") == 0)
        }
    }

    @Test("A transaction that waits too long for a connection fails as busy")
    func exhaustion() async throws {
        let configuration = Self.configuration(connections: 1, patience: .milliseconds(200))
        try await PostgreSQLTransactionTests.withServer(configuration) { database in
            let (inside, end) = (Meeting(of: 2), Meeting(of: 2))
            async let holder: Void = database.transaction { _ in
                inside.arrive()
                end.arrive()
            }
            await onThread { inside.arrive() }
            let code = await failureCode { _ = try await database.read { try $0.query("SELECT 1 AS n") } }
            #expect(code == .busy)
            await onThread { end.arrive() }
            try await holder
            #expect(try await PostgreSQLTransactionTests.number(database, "SELECT 1 AS n") == 1)
        }
    }

    @Test("A statement that takes too long is stopped, and one that waits too long for a locked row fails as busy")
    func timeouts() async throws {
        var configuration = Self.configuration(patience: .seconds(5))
        configuration.statementTimeout = .seconds(2)
        configuration.lockTimeout = .milliseconds(100)
        configuration.maximumRetries = 0
        try await PostgreSQLTransactionTests.withServer(configuration) { database in
            let slow = await failureCode { _ = try await database.read { try $0.query("SELECT pg_sleep(60) AS n") } }
            #expect(slow == .timeout)
            try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (a BIGINT)")
                try connection.execute("INSERT INTO t VALUES (1)")
            }
            let (inside, end) = (Meeting(of: 2), Meeting(of: 2))
            async let holder: Void = database.transaction { connection in
                try connection.execute("UPDATE t SET a = 2")
                inside.arrive()
                end.arrive()
            }
            await onThread { inside.arrive() }
            let code = await failureCode {
                try await database.transaction { _ = try $0.execute("UPDATE t SET a = 3") }
            }
            #expect(code == .busy)
            await onThread { end.arrive() }
            try await holder
        }
    }

    @Test("An unreachable server, an unknown database and an unknown user have different codes")
    func refusals() async throws {
        let folder = try await PostgreSQLServer.shared.folder
        func failure(_ url: String) async -> SQLFailure? {
            do {
                let database = try await DatabaseURL(url).open(postgreSQL: Self.configuration(patience: .seconds(1)))
                await database.close()
                return nil
            } catch {
                return error as? SQLFailure
            }
        }
        #expect(await failure("postgres://postgres@/postgres?host=\(folder)")?.code == nil)
        #expect(await failure("postgres://postgres@/nowhere?host=\(folder)")?.code == .notFound)
        #expect(await failure("postgres://nobody:secret@/postgres?host=\(folder)")?.code == .accessDenied)
        let away = await failure("postgres://u:secret@/postgres?host=/tmp/no-such-folder")
        #expect(away?.code == .unavailable)
        #expect(away?.message.contains("secret") == false)
        let silent = await failure("postgres://u:secret@127.0.0.1:1/postgres")
        #expect(silent?.code == .unavailable)
        #expect(silent?.message.contains("127.0.0.1") == true)
    }
}
