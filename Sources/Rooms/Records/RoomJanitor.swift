public import Ground
public import Logging
public import SQL
public import ServiceLifecycle

/// A service that deletes rooms that nobody has used for a while.
public struct RoomJanitor: Service {
    private let database: any Database
    private let lifetime: Int64
    private let clock: WallClock
    private let logger: Logger

    /// Creates the service.
    /// - Parameter lifetime: How long an unused room stays, in milliseconds. Sweeps run four times in that time, at least
    ///   every five minutes and at most every second.
    public init(database: any Database, lifetime: Int64, clock: WallClock = .system, logger: Logger) {
        self.database = database
        self.lifetime = lifetime
        self.clock = clock
        self.logger = logger
    }

    /// Sweeps until the service group shuts down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await sweep()
                } catch {
                    logger.warning("unused rooms could not be deleted", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .milliseconds(max(1_000, min(300_000, lifetime / 4))))
            }
        }
    }

    /// Deletes the rooms that have been unused for `lifetime`.
    /// - Returns: The number of deleted rooms.
    @discardableResult
    func sweep() async throws -> Int {
        let before = clock.now() - lifetime
        return try await database.transaction { try RoomTable.deleteUnused(since: before, in: $0) }
    }
}
