internal import Catalog
public import Ground
public import Logging
public import SQL
public import ServiceLifecycle

/// Removes rooms in which nobody has been for long, again and again.
public struct RoomJanitor: Service {
    private let database: any Database
    private let lifetime: Int64
    private let clock: WallClock
    private let logger: Logger

    /// - Parameter lifetime: Milliseconds for which an unused room stays.
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
                    logger.warning("rooms were not looked after", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .milliseconds(max(1_000, min(300_000, lifetime / 4))))
            }
        }
    }

    /// Removes what is due.
    /// - Returns: How many rooms.
    @discardableResult
    func sweep() async throws -> Int {
        let before = clock.now() - lifetime
        return try await database.transaction { try Rooms.deleteUnused(since: before, in: $0) }
    }
}
