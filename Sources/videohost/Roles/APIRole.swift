import API
import Accounts
import Catalog
import Foundation
import Ingest
import Jobs
import MediaModel
import Pipeline
import Redis
import Rooms
import SQL
import ServiceLifecycle
import Storage
import Webhooks

/// The part of a process that answers requests.
struct APIRole {
    /// The services that the process runs.
    let services: [any Service]

    /// - Parameter rooms: `nil` where other processes serve the rooms' sockets.
    init(
        _ node: Node, _ listening: ListenOptions, _ uploads: UploadOptions, _ accountOptions: AccountOptions,
        _ webhooks: WebhookOptions,
        rooms options: RoomOptions? = nil
    ) async throws {
        let (backends, queue, dispatcher) = (node.backends, node.queue, node.dispatcher)
        let uploadService = try UploadService(
            UploadConfiguration(
                folder: backends.folder.uploads, maximumByteCount: uploads.maxUpload,
                reservedByteCount: uploads.reserve, lifetime: .seconds(uploads.uploadLifetime),
                quotas: accountOptions.accountQuotas),
            database: backends.database, store: backends.store, logger: node.logger,
            hooks: .init(
                complete: { upload, connection in
                    try Acceptance.accept(
                        Source(
                            videoID: upload.videoID, objectKey: upload.objectKey, byteCount: upload.byteCount,
                            fileName: upload.fileName, createdAt: upload.time),
                        of: upload.ownerID, at: upload.time, in: connection)
                },
                dispatch: { await dispatcher.wake(tenant: $0.ownerID) },
                changed: { await queue.announce(video: $0) },
                inspect: { [inspection = node.inspection] path, byteCount in
                    await inspection?.rejection(ofFileAt: path, announced: byteCount)
                },
                reject: { [metrics = node.pipelineMetrics] video, rejection, time, connection in
                    try Acceptance.reject(video, rejection, at: time, in: connection)
                    metrics.rejected(rejection.code)
                }))
        var accountConfiguration = Accounts.Configuration()
        accountConfiguration.bcryptCost = listening.bcryptCost
        accountOptions.apply(to: &accountConfiguration)
        let accounts = Accounts(
            database: backends.database, store: RedisSessionStore(backends.redis),
            configuration: accountConfiguration)
        let changes = RedisVideoChanges(backends.redis)
        let playback = Playback(
            database: backends.database, store: backends.store,
            queue: DemandQueue(
                raise: dispatcher.raise, divide: dispatcher.divide, demand: dispatcher.demand,
                withdraw: dispatcher.withdraw),
            changes: changes.changes)
        let parts = Services(
            database: backends.database, store: backends.store, accounts: accounts, uploads: uploadService,
            playback: playback, changes: changes,
            rooms: RedisRoomStore(backends.redis), metrics: node.metrics, checks: node.checks,
            webhooks: try webhooks.settings())
        let accelRedirect = listening.accelRedirect.flatMap { AccelRedirect(prefix: $0) }
        guard accelRedirect == nil || backends.store is LocalObjectStore else {
            throw StartupFailure("--accel-redirect needs a store of local files (file:PATH)", exitCode: 64)
        }
        let host = listening.host.contains(":") ? "[\(listening.host)]" : listening.host
        let rooms = options.map { options in
            RoomsRole(
                backends, options, accounts: accounts, metrics: node.metrics, logger: node.logger)
        }
        var configuration = APIConfiguration(
            host: listening.host, port: listening.port, web: listening.webPages, accelRedirect: accelRedirect)
        listening.clients.apply(to: &configuration)
        let application = try buildApplication(
            services: parts, rooms: rooms?.endpoint, configuration: configuration, logger: node.logger
        ) { port in
            Announcement.print("videohost: listening on http://\(host):\(port)")
        }
        // Bytes that were complete when a killed server stopped become videos before anything else happens.
        try await uploadService.recover()
        var delivering = DeliveryService.Configuration()
        delivering.sender = try webhooks.settings()
        let deliveries = try DeliveryService(
            database: backends.database, configuration: delivering, metrics: node.metrics, logger: node.logger)
        services =
            [
                deliveries, WithdrawalListener(changes) { parts.gate.withdraw(video: $0) },
                UploadRecoveryService(uploadService: uploadService),
                AccountsService(accounts: accounts), UploadJanitor(uploadService),
                node.garbageCollector(accountOptions.lifetimes), application,
            ] + (rooms?.services ?? [])
    }
}

/// Ends the threads of the upload service on shutdown.
private struct UploadRecoveryService: Service {
    let uploadService: UploadService

    func run() async throws {
        try? await gracefulShutdown()
        await uploadService.shutdown()
    }
}

/// Ends the threads of the password hasher on shutdown.
struct AccountsService: Service {
    let accounts: Accounts

    func run() async throws {
        try? await gracefulShutdown()
        await accounts.shutdown()
    }
}

extension Node {
    /// A worker of this process.
    func worker(_ configuration: Worker.Configuration) -> Worker {
        var configuration = configuration
        configuration.host = ProcessInfo.processInfo.hostName
        configuration.process = Int(getpid())
        configuration.version = VideoHost.version
        return Worker(configuration, dispatcher: dispatcher, handler: pipeline)
    }

    /// The collector that removes queued objects and expired rows.
    func garbageCollector(_ lifetimes: GarbageCollector.Lifetimes) -> GarbageCollector {
        let shortest = [lifetimes.draft, lifetimes.rejectedSource].compactMap { $0 }.min() ?? .max
        return GarbageCollector(
            database: backends.database, store: backends.store, interval: min(10_000, max(1000, shortest / 4)),
            lifetimes: lifetimes, logger: logger,
            changed: { [queue] in await queue.announce(video: $0) })
    }

    /// The checks that must pass before the process is ready.
    var checks: [ReadinessCheck] {
        let store = backends.store
        return [
            .database(backends), .redis(backends), ReadinessCheck("storage") { try await store.checkWritable() },
        ]
    }
}

extension ReadinessCheck {
    /// Whether the database answers.
    static func database(_ backends: Backends) -> ReadinessCheck {
        ReadinessCheck("database") { _ = try await backends.database.read { try $0.query("SELECT 1 AS one", []) } }
    }

    /// Whether Redis answers.
    static func redis(_ backends: Backends) -> ReadinessCheck {
        ReadinessCheck("redis") { _ = try await backends.redis.send("PING") }
    }
}
