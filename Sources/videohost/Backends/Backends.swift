import Catalog
import Foundation
import Logging
import Redis
import SQL
import Schema
import Storage

/// The opened database, Redis and store of a process.
struct Backends: Sendable {
    let folder: DataFolder
    let database: any Database
    let redis: RedisClient
    let store: any ObjectStore
    private let privateRedis: PrivateRedisServer?

    /// How the schema is treated when the backends open.
    enum SchemaStep {
        /// Run the missing migrations.
        case migrate
        /// Fail unless the schema is up to date.
        case check
    }

    /// Opens all three; what was opened is closed again if the next fails.
    /// - Throws: ``StartupFailure``, or an error that ``StartupFailure`` describes in one line.
    static func open(
        _ options: BackendOptions, _ folder: DataFolder, scratch: ScratchFolder, schema: SchemaStep, logger: Logger
    ) async throws -> Backends {
        let database = try await openDatabase(options, folder)
        do {
            switch schema {
            case .migrate: try await Schema.prepare(database)
            case .check: try await Schema.check(database)
            }
            let store = try await openStore(options, folder, scratch)
            let (endpoint, server) = try await openRedis(options, folder, logger)
            let client = RedisClient(endpoint: endpoint, logger: logger)
            do {
                _ = try await client.send("PING")
            } catch {
                await client.shutdown()
                await server?.stop()
                throw error
            }
            return Backends(folder: folder, database: database, redis: client, store: store, privateRedis: server)
        } catch {
            await database.close()
            throw error
        }
    }

    /// Closes everything, the newest first.
    func close() async {
        await redis.shutdown()
        await privateRedis?.stop()
        await database.close()
    }

    static func openDatabase(
        _ options: BackendOptions, _ folder: DataFolder, mode: SQLiteDatabase.OpenMode = .create
    ) async throws -> any Database {
        guard let url = options.databaseURL else { return try SQLiteDatabase(path: folder.database, mode: mode) }
        return try await DatabaseURL(url).open(mode: mode)
    }

    private static func openStore(
        _ options: BackendOptions, _ folder: DataFolder, _ scratch: ScratchFolder
    ) async throws -> any ObjectStore {
        guard let url = options.storageURL else {
            let store = try LocalObjectStore(root: folder.media)
            try await store.removeLeftovers()
            return store
        }
        if case .file(let root)? = try? StorageURL(url) { _ = try DataFolder.tighten(root) }
        let limit = options.cacheBytes ?? max(1 << 30, scratch.freeBytes / 10 * 6)
        return try StorageSelection.open(
            url, from: "STORAGE_URL", scratch: try ScratchCache(folder: scratch.sources, limit: limit))
    }

    /// Opens the database of an existing pool and checks that its schema is the one of this program.
    static func openExisting(_ options: BackendOptions) async throws -> any Database {
        let folder =
            options.databaseURL == nil ? try DataFolder(existing: options.data) : DataFolder(unchecked: options.data)
        let database = try await openDatabase(options, folder, mode: .existing)
        do {
            try await Schema.check(database)
            return database
        } catch {
            await database.close()
            throw error
        }
    }

    /// The Redis endpoint of a pool that may be running; `nil` without a URL and without a private server.
    static func redisEndpoint(_ options: BackendOptions) throws -> RedisEndpoint? {
        if let url = options.redisURL { return try RedisEndpoint(parsing: url) }
        let socket = DataFolder(unchecked: options.data).redisSocket
        return FileManager.default.fileExists(atPath: socket) ? .unixSocket(socket) : nil
    }

    private static func openRedis(
        _ options: BackendOptions, _ folder: DataFolder, _ logger: Logger
    ) async throws -> (RedisEndpoint, PrivateRedisServer?) {
        if let url = options.redisURL { return (try RedisEndpoint(parsing: url), nil) }
        let server = try await PrivateRedisServer.start(
            in: folder.redis, logger: logger, path: ProcessInfo.processInfo.environment["PATH"])
        return (server.endpoint, server)
    }
}
