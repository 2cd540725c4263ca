internal import Catalog
internal import Ground
internal import Logging

/// A room on one node: a copy of its state, the connections of its members here, and the order of what they do.
///
/// Commands are worked out on the copy, all that wait at once, and written if nobody else has changed the room meanwhile; else
/// the copy is brought up to date and they are worked out again. Events reach the connections only once they are written.
actor LiveRoom {
    /// What a room needs from its node.
    struct Dependencies: Sendable {
        var node: String
        var store: any RoomStore
        var directory: any RoomDirectory
        var clock: WallClock
        var logger: Logger
        var warnings: ThrottledWarnings
    }

    typealias Answer = Result<String?, RoomFault>

    let id: String
    let around: Dependencies
    var copy: StoredRoom?
    /// Something may have been written that the copy does not have.
    var isUncertain = false
    var sessions: [String: RoomSession] = [:]
    var waiting: [(command: RoomCommand, answer: CheckedContinuation<Answer, Never>)] = []
    /// The last event that the connections here have, and of which series.
    var delivered: (epoch: String, sequence: Int64)?
    var shownWait: WaitDocument?
    /// The last snapshot that was made; many may ask for the same.
    var lastSnapshot: Snapshot?
    var isOver = false
    /// Since when no connection is here, in milliseconds since 1970.
    var lonelySince: Int64
    /// Nodes that were not known to live at the last look.
    var silentNodes: Set<String> = []
    var sleeper: Task<Void, Never>?
    let work: AsyncStream<Void>
    let wake: AsyncStream<Void>.Continuation

    /// Most commands that wait for the store.
    static let waitingLimit = 4096
    /// Times that commands are worked out anew before the sender is asked to try again.
    static let attempts = 24

    init(_ id: String, _ around: Dependencies) {
        self.id = id
        self.around = around
        lonelySince = around.clock.now()
        (work, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// How things are, as far as this node knows.
    var state: RoomState? { copy?.state }

    /// Carries a command out.
    /// - Throws: ``RoomFault``.
    @discardableResult
    func perform(_ command: RoomCommand) async throws(RoomFault) -> String? {
        guard !isOver, waiting.count < Self.waitingLimit else { throw .unavailable }
        let answer = await withCheckedContinuation { continuation in
            waiting.append((command, continuation))
            wake.yield()
        }
        return try answer.get()
    }

    /// Lives until nobody has been here for a while, the room is removed, or the task is cancelled.
    func run() async {
        do {
            // From here on no change is missed; only then is the room read.
            let notices = try await around.store.notices(of: id)
            await withTaskGroup { group in
                group.addTask { for await notice in notices { await self.take(notice) } }
                group.addTask { await self.carryOut() }
                group.addTask { await self.keepTime() }
                _ = await group.next()
                group.cancelAll()
            }
        } catch {
            around.warnings.warn("a room cannot be followed", ["room": "\(id)", "error": "\(error)"])
        }
        close(.goingAway, after: 1000)
    }

    /// Ends everything here.
    func close(_ code: CloseCode, after wait: Int64? = nil, reason: String? = nil) {
        isOver = true
        for session in sessions.values { session.end(code, after: wait, reason: reason) }
        sessions = [:]
        for entry in waiting { entry.answer.resume(returning: .failure(.unavailable)) }
        waiting = []
        wake.finish()
        sleeper?.cancel()
    }
}
