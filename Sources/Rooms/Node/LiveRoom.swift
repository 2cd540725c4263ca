internal import DequeModule
internal import Ground
internal import Logging

/// A room on one node: performs the I/O that its ``RoomReplica`` asks for, and holds the connections of its members here.
actor LiveRoom {
    /// What a room uses of its node.
    struct Dependencies: Sendable {
        let node: String
        let store: any RoomStore
        let directory: any RoomDirectory
        let clock: WallClock
        let logger: Logger
        let warnings: ThrottledWarnings
    }

    private typealias Action = RoomReplica.Action

    /// The room's id.
    nonisolated let id: String
    private nonisolated let node: Dependencies
    private var replica: RoomReplica
    /// The attached connections by their ids.
    private var sessions: [String: RoomSession] = [:]
    /// The senders that wait for the result of a command, by ticket.
    private var senders: [Int: CheckedContinuation<RoomReplica.Reply, Never>] = [:]
    private var lastTicket = 0
    /// The sleep of ``keepTime()``.
    private var sleep: Task<Void, Never>?
    private let work: AsyncStream<Void>
    private let wakeWriter: AsyncStream<Void>.Continuation

    /// Creates a room that has to be ``run()``.
    init(_ id: String, _ node: Dependencies) {
        self.id = id
        self.node = node
        replica = RoomReplica(id, node: node.node, at: node.clock.now())
        (work, wakeWriter) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// The room's state, as far as this node knows it.
    var state: RoomState? { replica.state }
    /// The room's recent events, as far as this node knows them.
    var history: EventHistory? { replica.history }
    /// Whether the room is closed on this node.
    var isClosed: Bool { replica.isClosed }
    /// The current snapshot; `nil` before the room is loaded.
    var snapshot: Snapshot? { replica.snapshot() }

    /// Runs until nobody has been attached for a while, the room is deleted, or the task is cancelled.
    func run() async {
        do {
            // The subscription comes first, so that no change after the first load is missed.
            let notices = try await node.store.notices(of: id)
            await withTaskGroup { group in
                group.addTask { await self.listen(notices) }
                group.addTask { await self.write() }
                group.addTask { await self.keepTime() }
                _ = await group.next()
                group.cancelAll()
            }
        } catch {
            node.warnings.warn("a room's notices cannot be subscribed to", ["room": "\(id)", "error": "\(error)"])
        }
        await close(.goingAway, after: 1000)
    }

    /// Performs a command.
    /// - Returns: The id of the message that a chat command created.
    /// - Throws: ``RoomFault``.
    @discardableResult
    func perform(_ command: RoomCommand) async throws(RoomFault) -> String? {
        lastTicket += 1
        let ticket = lastTicket
        try replica.submit(command, ticket: ticket)
        let reply = await withCheckedContinuation { sender in
            senders[ticket] = sender
            wakeWriter.yield()
        }
        return try reply.get()
    }

    /// Attaches a member's connection, which is sent all events from now on, and welcomes it.
    /// - Returns: `false` if the member is gone or has another connection already, or the room is closed.
    func attach(
        _ session: RoomSession, member: String, secret: String, guestKey: String?, resume: Resumption?
    ) -> Bool {
        let welcome = replica.attach(
            session.connection, member: member, secret: secret, guestKey: guestKey, resume: resume, at: now)
        guard let welcome else { return false }
        sessions[session.connection] = session
        session.send(welcome, .required)
        return true
    }

    /// Detaches a member's connection, which is gone.
    func detach(_ session: RoomSession, member: String) {
        sessions[session.connection] = nil
        replica.detach(session.connection, member: member, at: now)
    }

    /// Sends a snapshot to a connection that was too slow for the events from a sequence number on.
    func catchUp(_ session: RoomSession, member: String, from sequence: Int64) {
        let snapshot = replica.catchUp(session.connection, member: member, from: sequence, at: now)
        if let snapshot { session.send(snapshot, .snapshot) }
    }

    /// Loads the room again, in case notices were delayed.
    func reload() async { await perform([.reload]) }

    /// Reads the room's row and its video again, because one of them may have changed.
    func recheck() async { await perform(replica.received(.rowChanged, at: now)) }

    // MARK: - Tasks

    private func listen(_ notices: any AsyncSequence<RoomNotice, Never> & Sendable) async {
        for await notice in notices { await perform(replica.received(notice, at: now)) }
    }

    private func write() async {
        for await _ in work { await perform(replica.startBatch(at: now)) }
    }

    private func keepTime() async {
        while !Task.isCancelled, !replica.isClosed {
            await perform(replica.advance(at: now))
            if replica.isAbandoned(at: now) { return }
            let (clock, milliseconds) = (node.clock, max(5, replica.nextWakeUp - now))
            let sleep = Task { _ = try? await clock.sleep(milliseconds) }
            self.sleep = sleep
            await withTaskCancellationHandler {
                await sleep.value
            } onCancel: {
                sleep.cancel()
            }
        }
    }

    private func close(_ code: CloseCode, after wait: Int64? = nil, reason: String? = nil) async {
        for session in sessions.values { session.end(code, after: wait, reason: reason) }
        sessions = [:]
        await perform(replica.close())
        wakeWriter.finish()
        sleep?.cancel()
    }

    // MARK: - Actions

    private var now: Int64 { node.clock.now() }

    /// Performs actions in order, and those that the replica returns for the results of I/O right after it.
    private func perform(_ actions: [Action]) async {
        var pending = Deque(actions)
        while let action = pending.popFirst() {
            guard !performAtOnce(action) else { continue }
            let next: [Action]
            do {
                next = try await performIO(action)
            } catch let fault as RoomFault {
                next = replica.failed(fault, at: now)
            } catch {
                node.warnings.warn("a room cannot be changed", ["room": "\(id)", "error": "\(error)"])
                next = replica.failed(nil, at: now)
            }
            pending.prepend(contentsOf: next)
        }
    }

    /// Performs an action without I/O.
    /// - Returns: `false` if the action needs I/O; then nothing was done.
    private func performAtOnce(_ action: Action) -> Bool {
        switch action {
        case .send(let frame, let kind, let connection): sessions[connection]?.send(frame, kind)
        case .broadcast(let frame, let kind): for session in sessions.values { session.send(frame, kind) }
        case .end(let connection, let code, let reason):
            sessions.removeValue(forKey: connection)?.end(code, reason: reason)
        case .reply(let ticket, let reply): senders.removeValue(forKey: ticket)?.resume(returning: reply)
        case .wakeWriter: wakeWriter.yield()
        case .wakeTimer: sleep?.cancel()
        case .load, .create, .commit, .restore, .backOff, .reload, .recheck, .findLostNodes, .announceNode: return false
        }
        return true
    }

    /// Performs an action that needs I/O. Each kind has a function of its own, because a task keeps the memory of the largest
    /// asynchronous function that it ever called, and each room has tasks that last as long as the room.
    /// - Returns: The actions that the replica returns for the result.
    private func performIO(_ action: Action) async throws -> [Action] {
        switch action {
        case .load: return try await load()
        case .create: return try await create()
        case .commit(let change): return try await commit(change)
        case .restore(let change, let version): return try await restore(change, over: version)
        case .backOff(let most): return try await backOff(upTo: most)
        case .reload: return await loadAgain()
        case .recheck(let video, let isOccupied): return await recheck(playing: video, isOccupied: isOccupied)
        case .findLostNodes(let nodes): return await findLostNodes(nodes)
        case .announceNode: return await announceNode()
        case .send, .broadcast, .end, .reply, .wakeWriter, .wakeTimer: return []
        }
    }

    private func load() async throws -> [Action] {
        let found = try await node.store.load(id)
        return replica.loaded(found, at: now)
    }

    private func create() async throws -> [Action] {
        guard let record = try await node.directory.room(id) else { throw RoomFault.roomNotFound }
        let video = try await node.directory.video(record.videoID)
        return replica.created(RoomSettings(record), video, at: now)
    }

    private func commit(_ change: RoomChange) async throws -> [Action] {
        let outcome = try await node.store.commit(change)
        return replica.committed(outcome, at: now)
    }

    private func restore(_ change: RoomChange, over version: Int64?) async throws -> [Action] {
        let isDone = try await node.store.restore(change, over: version)
        return replica.restored(isDone, at: now)
    }

    private func backOff(upTo most: Int64) async throws -> [Action] {
        try await node.clock.sleep(Int64.random(in: 0...most))
        return replica.retry(at: now)
    }

    /// Without the store, the copy is the best that is known.
    private func loadAgain() async -> [Action] {
        guard let found = try? await node.store.load(id) else { return [] }
        return replica.reloaded(found, at: now)
    }

    private func findLostNodes(_ nodes: Set<String>) async -> [Action] {
        let lost = (try? await node.store.lostNodes(of: nodes)) ?? []
        return replica.foundLostNodes(lost, at: now)
    }

    private func announceNode() async -> [Action] {
        try? await node.store.announce(node: node.node, lifetime: RoomInterval.nodeLifetime)
        return []
    }

    /// Closes the room if its row is deleted or its video is withdrawn; else reads its settings.
    private func recheck(playing video: String?, isOccupied: Bool) async -> [Action] {
        do {
            // The room may play another video than its row names.
            if let video {
                guard try await isAvailable(video) else {
                    try? await node.store.remove(id)
                    await close(.roomNotFound, reason: "video_withdrawn")
                    return []
                }
                if isOccupied {
                    try await node.store.renew(id)
                    try await node.directory.touch(id, video: video)
                }
            }
            guard let record = try await node.directory.room(id) else {
                try? await node.store.remove(id)
                await close(.roomNotFound)
                return []
            }
            return replica.rechecked(RoomSettings(record))
        } catch {
            node.logger.debug("a room cannot be looked up", metadata: ["room": "\(id)", "error": "\(error)"])
            return []
        }
    }

    private func isAvailable(_ video: String) async throws -> Bool {
        do {
            _ = try await node.directory.video(video)
            return true
        } catch let fault as RoomFault {
            return fault != .videoNotFound
        }
    }
}
