import API
import Accounts
import Catalog
import Foundation
import Ground
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Ingest
import Logging
import NIOCore
import SQL
import Schema
import Storage
import Telemetry
import Testing

/// A whole application on a folder of its own, with fakes for Redis and the pipeline.
struct Fixture: Sendable {
    let folder: String
    let database: SQLiteDatabase
    let store: LocalObjectStore
    let accounts: Accounts
    let uploads: UploadService
    let playback = FakePlayback()
    let changes = FakeChanges()
    let rooms = FakeRooms()
    let metrics = Metrics()
    let services: Services

    private init(_ clock: WallClock, _ counting: Counting) async throws {
        folder = FileManager.default.temporaryDirectory.path + "/api-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder + "/db.sqlite")
        try await Schema.prepare(database)
        store = try LocalObjectStore(root: folder + "/media")
        var cheap = Accounts.Configuration()
        cheap.bcryptCost = 4
        accounts = Accounts(database: database, store: MemorySessions(), configuration: cheap)
        uploads = try UploadService(
            UploadConfiguration(folder: folder + "/uploads", reservedByteCount: 0), database: database, store: store,
            logger: Logger(label: "test"),
            hooks: .init(
                complete: { upload, connection in
                    let source = Source(
                        videoID: upload.videoID, objectKey: upload.objectKey, byteCount: upload.byteCount,
                        fileName: upload.fileName, createdAt: upload.time)
                    try Sources.insert(source, in: connection)
                    try Videos.apply(.sourceStored, to: upload.videoID, at: upload.time, in: connection)
                }, reject: { try Videos.reject($0, $1, at: $2, in: $3) }))
        services = Services(
            database: CountingDatabase(database, counting), store: CountingStore(store, counting), accounts: accounts,
            uploads: uploads, playback: playback,
            changes: changes, rooms: rooms, clock: clock, metrics: metrics,
            checks: [
                ReadinessCheck("database") { [database] in _ = try await database.read { try $0.query("SELECT 1") } }
            ])
    }

    /// Runs a test against an application, and removes all traces of it.
    static func run(
        _ setup: TestingSetup = .router, web: Bool = false, accelRedirect: AccelRedirect? = nil,
        clock: WallClock = .system, counting: Counting = Counting(),
        configure: (inout APIConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (Fixture, any TestClientProtocol) async throws -> Void
    ) async throws {
        let fixture = try await Fixture(clock, counting)
        var configuration = APIConfiguration(port: 0, segmentPatience: .milliseconds(50))
        configuration.accelRedirect = accelRedirect
        configure(&configuration)
        if web { configuration.web = WebConfiguration(folder: try fixture.makeWeb()) }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = try buildApplication(services: fixture.services, configuration: configuration, logger: logger)
        let outcome: Result<Void, any Error>
        do {
            try await application.test(setup) { client in try await body(fixture, client) }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await fixture.uploads.shutdown()
        await fixture.accounts.shutdown()
        await fixture.database.close()
        try? FileManager.default.removeItem(atPath: fixture.folder)
        try outcome.get()
    }

    /// A folder with the templates and messages of this repository, and built files that say where they come from.
    private func makeWeb() throws -> String {
        let (root, files) = (folder + "/web", FileManager.default)
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "web").path
        try files.createDirectory(atPath: root + "/dist", withIntermediateDirectories: true)
        for name in ["templates", "messages"] {
            try files.createSymbolicLink(atPath: "\(root)/\(name)", withDestinationPath: "\(sources)/\(name)")
        }
        var manifest: [String: String] = [:]
        let pages = ["start", "watch", "room", "embed", "plain"]
        for source in pages.flatMap({ ["js/pages/\($0).js", "css/pages/\($0).css"] })
            + ["js/boot.js", "favicon.svg", "vendor/hls.js"]
            + (try files.contentsOfDirectory(atPath: sources + "/messages")).flatMap({ name in
                pages.map { "messages/\($0)/\(name.dropLast(2))" }
            })
        {
            let name = source.replacing("/", with: "-")
            manifest[source] = name
            for (end, kind) in [("", "plain"), (".gz", "gzip"), (".br", "br")] {
                try Data("\(kind) \(source)".utf8).write(to: URL(filePath: "\(root)/dist/\(name)\(end)"))
            }
        }
        try JSONSerialization.data(withJSONObject: manifest).write(to: URL(filePath: root + "/dist/manifest.json"))
        return root
    }

    /// Registers and signs in a user: the headers of requests in their name, and their identifier.
    func signIn(_ name: String = "alice") async throws -> (headers: HTTPFields, id: String) {
        let user = try await accounts.register(
            email: "\(name)@example.org", username: name, password: "correct horse battery", address: "test")
        let session = try await accounts.login(
            identifier: name, password: "correct horse battery", address: "test")
        return ([.authorization: "Bearer \(session.token)"], user.id)
    }

    /// Stores a video in a state, with the generation that belongs to it.
    func video(of owner: String, _ state: VideoState = .draft, title: String = "A film") async throws -> String {
        let now = services.clock.now()
        let video = Video(
            id: Identifier.make(prefix: .video, at: now), ownerID: owner, title: title, state: state, createdAt: now)
        try await database.transaction { connection in
            try Videos.insert(video, in: connection)
            guard state == .playable || state == .ready else { return }
            try Generations.insert(
                Generation(videoID: video.id, number: 1, state: state == .ready ? .ready : .playable, createdAt: now),
                in: connection)
        }
        return video.id
    }

    /// Takes a video down, as an operator's command in another process does.
    func block(_ video: String, reason: String = "spam") async throws {
        let now = services.clock.now()
        let isDone = try await database.transaction { try Videos.block(video, reason: reason, at: now, in: $0) }
        #expect(isDone)
    }
}

/// An answer's JSON body.
func json(_ response: TestResponse) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any])
}

/// Checks that an answer is problem+json with this status and code.
func expectProblem(
    _ response: TestResponse, _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(response.status.code == status, sourceLocation: sourceLocation)
    #expect(response.headers[.contentType] == "application/problem+json", sourceLocation: sourceLocation)
    let body = try json(response)
    #expect(body["code"] as? String == code, sourceLocation: sourceLocation)
    #expect(body["status"] as? Int == status, sourceLocation: sourceLocation)
    #expect(body["type"] as? String == "urn:videohost:problem:\(code)", sourceLocation: sourceLocation)
    #expect((body["title"] as? String)?.isEmpty == false, sourceLocation: sourceLocation)
    let name = HTTPField.Name("X-Request-ID").flatMap { response.headers[$0] }
    #expect(body["requestId"] as? String == name, sourceLocation: sourceLocation)
}

extension TestClientProtocol {
    /// Sends a request with a JSON body.
    func send(
        _ method: HTTPRequest.Method, _ uri: String, _ body: String? = nil, _ headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await executeRequest(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
    }
}
