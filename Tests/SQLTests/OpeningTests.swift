import SQL
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

@Suite("Opening a database")
struct OpeningTests {
    private static func failure(_ path: String, mode: SQLiteDatabase.OpenMode = .create) -> SQLFailure? {
        do {
            _ = try SQLiteDatabase(path: path, mode: mode)
            return nil
        } catch {
            return error as? SQLFailure
        }
    }

    @Test("Only the owner may read the file, and every commit is flushed")
    func modeAndDurability() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/t.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await database.transaction { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            for name in [path, path + "-wal", path + "-shm"] {
                var facts = stat()
                #expect(stat(name, &facts) == 0)
                #expect(facts.st_mode & 0o777 == 0o600, "\(name)")
            }
            let synchronous = try await database.transaction { connection in
                try connection.query("PRAGMA synchronous")[0].integer("synchronous")
            }
            #expect(synchronous == 2)
            await database.close()
        }
    }

    @Test("The errors for a missing folder and a missing file say what to do")
    func missing() async throws {
        try await withTemporaryFolder { folder in
            #expect(Self.failure(folder + "/no/such/t.sqlite")?.code == .notFound)
            let failure = Self.failure(folder + "/t.sqlite", mode: .existing)
            #expect(failure?.code == .notFound)
            #expect(failure?.message.contains("videohost serve") == true)
            #expect(!FileManager.default.fileExists(atPath: folder + "/t.sqlite"))
        }
    }

    @Test("A folder in place of the file has its own error")
    func folderInPlace() async throws {
        try await withTemporaryFolder { folder in
            #expect(Self.failure(folder)?.code == .io)
        }
    }

    @Test("A file that is not a database is reported as damaged")
    func foreignFile() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/t.sqlite"
            try Data(repeating: 0x61, count: 8192).write(to: URL(filePath: path))
            let failure = Self.failure(path)
            #expect(failure?.code == .corrupt)
            #expect(failure?.message.contains(".recover") == true)
        }
    }

    @Test("A damaged page is reported as damaged when it is read")
    func damagedPage() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/t.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (a TEXT)")
                for _ in 0..<200 {
                    try connection.execute("INSERT INTO t VALUES ($1)", [.text(String(repeating: "x", count: 500))])
                }
            }
            await database.close()
            var bytes = try Data(contentsOf: URL(filePath: path))
            for offset in 4096..<bytes.count { bytes[offset] = 0xA5 }
            try bytes.write(to: URL(filePath: path))
            let again = try SQLiteDatabase(path: path)
            let code = await failureCode { _ = try await again.read { try $0.query("SELECT * FROM t") } }
            #expect(code == .corrupt)
            await again.close()
        }
    }

    @Test("A full database is reported as full, and committed rows stay")
    func full() async throws {
        try await withDatabase { database in
            let code = await failureCode {
                try await database.transaction { connection in
                    try connection.execute("CREATE TABLE t (a TEXT)")
                    _ = try connection.query("PRAGMA max_page_count = 20")
                }
                try await database.transaction { connection in
                    for _ in 0..<100 {
                        try connection.execute(
                            "INSERT INTO t VALUES ($1)", [.text(String(repeating: "x", count: 4000))])
                    }
                }
            }
            #expect(code == .full)
            let rows = try await database.read { try $0.query("SELECT COUNT(*) AS n FROM t")[0].int("n") }
            #expect(rows == 0)
        }
    }

    @Test(
        "A folder or a file without write access is reported as read-only",
        .enabled(if: geteuid() != 0, "root may write anywhere"))
    func readOnly() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/t.sqlite"
            chmod(folder, 0o500)
            defer { chmod(folder, 0o700) }
            let failure = Self.failure(path)
            #expect(failure?.code == .readOnly)
            #expect(failure?.message.contains(folder) == true)
            chmod(folder, 0o700)
            let database = try SQLiteDatabase(path: path)
            try await database.transaction { _ = try $0.execute("CREATE TABLE t (a TEXT)") }
            await database.close()
            chmod(path, 0o400)
            #expect(Self.failure(path)?.code == .readOnly)
            chmod(path, 0o600)
            chmod(folder, 0o500)
            #expect(Self.failure(path)?.code == .readOnly)
        }
    }
}
