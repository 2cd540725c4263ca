internal import ChildProcess
internal import Foundation
public import SQL

/// A PostgreSQL server of this process alone, in a temporary folder, on a Unix socket.
///
/// A shell holds it: started again when it ends, and gone with its folder when this process ends, however it ends, for
/// then the shell's standard input does.
public final class PostgreSQLServer: Sendable {
    /// The one for tests that only need a database; started when it is first asked for.
    public static var shared: PostgreSQLServer {
        get async throws { try await starting.value }
    }
    private static let starting = Task { try await start() }

    /// Where socket and data are.
    public let folder: String
    private let shell: ChildProcess
    private let lifeline: Int32
    private let admin: PostgreSQLDatabase

    private init(folder: String, shell: ChildProcess, lifeline: Int32, admin: PostgreSQLDatabase) {
        self.folder = folder
        self.shell = shell
        self.lifeline = lifeline
        self.admin = admin
    }

    /// Starts a server.
    /// - Throws: ``PostgreSQLServerFailure``.
    public static func start() async throws -> PostgreSQLServer {
        guard let programs = newestPrograms() else {
            throw PostgreSQLServerFailure("PostgreSQL is not installed: run scripts/setup.sh test")
        }
        // A socket's path has to be short.
        let folder = "/tmp/vh-pg-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        let (input, output) = (try ChildPipe(), try ChildPipe())
        let shell = try ChildProcess.spawn(
            ChildProcess.Options(
                executable: "/bin/sh", arguments: ["-c", script, "sh", programs, folder],
                environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"], workingDirectory: "/",
                descriptors: [0: input.reading, 1: output.writing, 2: STDERR_FILENO], diesWithParent: false))
        close(input.reading)
        close(output.writing)
        guard await LineReader(descriptor: output.reading).next() == Array("ready".utf8) else {
            close(input.writing)
            throw PostgreSQLServerFailure("initdb failed: its words are above")
        }
        var configuration = PostgreSQLConfiguration()
        configuration.maximumConnections = 1
        configuration.patience = .seconds(60)
        let admin = try await PostgreSQLDatabase.open(try endpoint(in: folder, options: ""), configuration)
        return PostgreSQLServer(folder: folder, shell: shell, lifeline: input.writing, admin: admin)
    }

    /// The address of an empty schema of its own.
    public func newDatabase() async throws -> PostgreSQLEndpoint {
        let name = "t_\(UInt64.random(in: 0 ... .max))"
        try await admin.transaction { _ = try $0.execute("CREATE SCHEMA \(name)") }
        return try Self.endpoint(in: folder, options: "&options=-csearch_path%3D\(name)")
    }

    /// Kills the server without warning; its shell starts it again.
    public func crash() throws {
        let text = try String(contentsOfFile: folder + "/data/postmaster.pid", encoding: .utf8)
        guard let pid = text.split(separator: "\n").first.flatMap({ Int32($0) }), pid > 1 else {
            throw PostgreSQLServerFailure("the server has no process")
        }
        kill(pid, SIGKILL)
    }

    /// Ends the server for good and removes its folder.
    public func stop() async {
        await admin.close()
        close(lifeline)
        _ = await shell.waitForExit()
    }

    private static func endpoint(in folder: String, options: String) throws -> PostgreSQLEndpoint {
        try PostgreSQLEndpoint("postgres://postgres@/postgres?host=\(folder)\(options)")
    }

    /// Debian keeps each version's programs in a folder of its own, outside `PATH`.
    private static func newestPrograms() -> String? {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.sorted().reversed().map { "\(root)/\($0)/bin" }
            .first { access($0 + "/initdb", X_OK) == 0 }
    }

    /// The server refuses to run as root, so root becomes the user that Debian's package makes for it.
    private static let script = """
        bin=$1 folder=$2 as=
        trap '' INT TERM HUP
        if [ "$(id -u)" = 0 ]; then
          chown postgres "$folder"
          as="setpriv --reuid=postgres --regid=postgres --clear-groups"
        fi
        $as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US --no-sync \
            >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; rm -rf "$folder"; exit 1; }
        while [ ! -e "$folder/stop" ]; do
          $as "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=400 \
              -c fsync=off -c full_page_writes=off
          [ -e "$folder/stop" ] || sleep 0.1
        done >"$folder/log" 2>&1 &
        echo ready
        cat >/dev/null
        : >"$folder/stop"
        kill -QUIT "$(head -n 1 "$folder/data/postmaster.pid")" 2>/dev/null
        wait
        rm -rf "$folder"
        """
}

/// Why there is no server to test with.
public struct PostgreSQLServerFailure: Error, CustomStringConvertible {
    /// A sentence that says what to do.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
