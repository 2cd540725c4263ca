import API
import Accounts
import Catalog
import Foundation
import Ingest
import Jobs
import Logging
import Packager
import Pipeline
import Redis
import SQL
import ServiceLifecycle
import Storage
import Telemetry
import UnixSignals

/// Builds all parts of `videohost serve` and runs them until a signal.
struct Server {
    let options: ServeCommand

    /// Runs until SIGTERM or SIGINT.
    /// - Throws: ``StartupFailure``.
    func run() async throws {
        let logger = Logger(label: "videohost")
        let folder = try DataFolder(creating: options.data)
        do {
            let database = try SQLiteDatabase(path: folder.database)
            try await Schema.prepare(database)
            let redis = try await PrivateRedisServer.start(
                in: folder.redis, logger: logger, path: ProcessInfo.processInfo.environment["PATH"])
            let client = RedisClient(endpoint: redis.endpoint, logger: logger)
            let outcome: Result<Void, any Error>
            do {
                try await serve(folder: folder, database: database, client: client, logger: logger)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await client.shutdown()
            await redis.stop()
            await database.close()
            try outcome.get()
        } catch {
            throw StartupFailure(error, port: options.port)
        }
    }

    private func serve(folder: DataFolder, database: SQLiteDatabase, client: RedisClient, logger: Logger) async throws {
        let store = try LocalObjectStore(root: folder.media)
        try await store.removeLeftovers()
        let media = MediaProcess(
            .init(executable: OwnExecutable.path, scratchFolder: folder.scratch, threads: EncodingOptions.cores))
        try media.clearScratch()
        let queue = TaskQueue(redis: client)
        let dispatcher = Dispatcher(database: database, queue: queue, logger: logger)
        let changes = RedisVideoChanges(client)
        let pipeline = Pipeline(
            database: database, store: store, media: media, settings: try options.encoding.settings(),
            changed: { await queue.announce(video: $0) })
        let reconciler = Reconciler(dispatcher: dispatcher, handler: pipeline)
        let desk = try UploadDesk(
            UploadConfiguration(
                folder: folder.uploads, maximumByteCount: options.maxUpload, reservedByteCount: options.reserve,
                lifetime: .seconds(options.uploadLifetime)),
            database: database, store: store, logger: logger,
            hooks: .init(
                complete: { upload, connection in
                    try Acceptance.accept(
                        Source(
                            videoID: upload.videoID, objectKey: upload.objectKey, byteCount: upload.byteCount,
                            fileName: upload.fileName, createdAt: upload.time), at: upload.time, in: connection)
                },
                dispatch: { try? await reconciler.pass() },
                changed: { await queue.announce(video: $0) }))
        var accountConfiguration = Accounts.Configuration()
        accountConfiguration.bcryptCost = options.bcryptCost
        let accounts = Accounts(
            database: database, store: RedisSessionStore(client), configuration: accountConfiguration)
        let playback = Playback(
            database: database, store: store,
            raise: { task in _ = try? await dispatcher.raise(task: task) },
            changes: { try await changes.changes(of: $0) })
        let services = Services(
            database: database, store: store, accounts: accounts, uploads: desk,
            playback: PlaybackBridge(playback: playback), changes: changes,
            checks: [
                ReadinessCheck("database") { _ = try await database.read { try $0.query("SELECT 1 AS one", []) } },
                ReadinessCheck("redis") { _ = try await client.send("PING") },
                ReadinessCheck("storage") { try await store.checkWritable() },
            ])
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        let application = try buildApplication(
            services: services,
            configuration: APIConfiguration(host: options.host, port: options.port, webRoot: options.webFolder),
            logger: logger
        ) { port in
            print("videohost: listening on http://\(host):\(port)")
            try? FileHandle.standardOutput.synchronize()
            fflush(nil)
        }
        // Bytes that were complete when a killed server stopped become videos before anything else happens.
        try await desk.recover()
        var configuration = Worker.Configuration(name: "local", slots: options.slots)
        configuration.reclaimsOwnTasks = true
        let worker = Worker(configuration, dispatcher: dispatcher, handler: pipeline)
        let running: [any Service] = [UploadJanitor(desk), reconciler, worker, application]
        let group = ServiceGroup(
            configuration: .init(services: running, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
            await desk.shutdown()
            await accounts.shutdown()
        } catch {
            await accounts.shutdown()
            throw error
        }
    }
}

/// Lets the API's routes ask the pipeline for playlists and segments.
struct PlaybackBridge: PlaybackSource {
    let playback: Playback

    func manifest(video: String, generation: Int, path: String) async throws -> Manifest? {
        try await playback.manifest(video: video, generation: generation, path: path)
    }

    func awaitObject(video: String, generation: Int, path: String, timeout: Duration) async throws
        -> ObjectAvailability
    {
        switch try await playback.awaitObject(video: video, generation: generation, path: path, timeout: timeout) {
        case .available: .available
        case .pending: .pending
        case .never: .never
        }
    }
}
