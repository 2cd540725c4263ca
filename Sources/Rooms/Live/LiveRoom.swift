internal import Catalog
internal import Logging

/// A room on one node: a copy of its state, the connections of its members here, and the order of what they do.
///
/// Commands are worked out on the copy, all that wait at once, and written if nobody else has changed the room meanwhile; else
/// the copy is brought up to date and they are worked out again. Events reach the connections only once they are written.
actor LiveRoom {
    /// What a room needs from its node.
    struct Surroundings: Sendable {
        var node: String
        var store: any RoomStore
        var directory: any RoomDirectory
        var clock: WallClock
        var logger: Logger
    }

    typealias Answer = Result<String?, RoomFault>

    let id: String
    let around: Surroundings
    private var copy: StoredRoom?
    /// Something may have been written that the copy does not have.
    private var isUncertain = false
    private(set) var sessions: [String: RoomSession] = [:]
    private var waiting: [(command: RoomCommand, answer: CheckedContinuation<Answer, Never>)] = []
    /// The last event that the connections here have, and of which series.
    private var delivered: (epoch: String, sequence: Int64)?
    private var shownWait: WaitDocument?
    private(set) var isOver = false
    /// Since when no connection is here, in milliseconds since 1970.
    private var lonelySince: Int64
    private var sleeper: Task<Void, Never>?
    private let work: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// Most commands that wait for the store.
    private static let waitingLimit = 4096
    /// Times that commands are worked out anew before the sender is asked to try again.
    private static let attempts = 24

    init(_ id: String, _ around: Surroundings) {
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
            around.logger.warning("a room cannot be followed", metadata: ["room": "\(id)", "error": "\(error)"])
        }
        close(.goingAway, after: 1000)
    }

    /// Ends everything here.
    private func close(_ code: CloseCode, after wait: Int64? = nil) {
        isOver = true
        for session in sessions.values { session.end(code, at: around.clock.now(), after: wait) }
        sessions = [:]
        for entry in waiting { entry.answer.resume(returning: .failure(.unavailable)) }
        waiting = []
        wake.finish()
        sleeper?.cancel()
    }

    // MARK: Commands

    private func carryOut() async {
        for await _ in work {
            while !waiting.isEmpty, !Task.isCancelled {
                let batch = waiting
                waiting = []
                let answers = await carryOut(batch.map(\.command))
                for (entry, answer) in zip(batch, answers) { entry.answer.resume(returning: answer) }
            }
        }
    }

    private func carryOut(_ commands: [RoomCommand]) async -> [Answer] {
        do {
            for _ in 0..<Self.attempts {
                if let answers = try await attempt(commands) { return answers }
            }
            return commands.map { _ in .failure(.unavailable) }
        } catch let fault as RoomFault {
            return commands.map { _ in .failure(fault) }
        } catch {
            // It may have been written; what is there now has to be looked at.
            isUncertain = true
            around.logger.warning("a room cannot be changed", metadata: ["room": "\(id)", "error": "\(error)"])
            return commands.map { _ in .failure(.unavailable) }
        }
    }

    /// Works commands out and writes the change; `nil` if the room has been changed meanwhile.
    private func attempt(_ commands: [RoomCommand]) async throws -> [Answer]? {
        let base = try await current()
        let now = around.clock.now()
        var room = Room(base.state)
        let answers = commands.map { command -> Answer in
            switch command {
            case .chat(let member, _, let commandID?):
                if let message = base.history.message(of: commandID, from: member) { return .success(message) }
            case .deleteMessage(_, let message):
                guard base.history.has(message: message) else { return .failure(.messageNotFound) }
            default: break
            }
            return Result { () throws(RoomFault) in try room.apply(command, at: now) }
        }
        var change = RoomChange(base: base.version, state: room.state, events: [], history: base.history)
        guard change.state != base.state else { return answers }
        for (sequence, event) in room.takeEvents() {
            let stored = try StoredEvent(sequence: sequence, event, room: id, at: now)
            change.events.append(stored)
            change.history.append(stored)
        }
        guard try await write(&change) else { return nil }
        adopt(StoredRoom(version: change.base + 1, state: change.state, history: change.history))
        return answers
    }

    /// Writes a change on top of what it was worked out from.
    /// - Returns: `false` if the room is another one by now; the copy then is what is there.
    private func write(_ change: inout RoomChange) async throws -> Bool {
        // A room that has not been written yet.
        guard change.base > 0 else { return try await restore(change, over: nil) }
        switch try await around.store.commit(change) {
        case .written: return true
        case .missing:
            // The store has lost the room, and another node may have known more of it: nobody shall take the events from
            // here on for those that follow what they have.
            change.state.epoch = RandomName.make("", characters: 12)
            return try await restore(change, over: nil)
        case .conflict:
            guard let found = try await around.store.load(id) else { return false }
            guard found.state.epoch == change.state.epoch, found.version < change.base else {
                adopt(found)
                return false
            }
            // The store has come back without the last changes, as it may after a crash; the copy has them.
            change.state.epoch = RandomName.make("", characters: 12)
            return try await restore(change, over: found.version)
        }
    }

    private func restore(_ change: RoomChange, over version: Int64?) async throws -> Bool {
        if try await around.store.restore(change, over: version) { return true }
        isUncertain = true
        return false
    }

    /// The room as it is; made if it is new.
    private func current() async throws -> StoredRoom {
        if copy == nil || isUncertain {
            if let found = try await around.store.load(id) { adopt(found) }
            isUncertain = false
        }
        if let copy { return copy }
        guard let record = try await around.directory.room(id) else { throw RoomFault.roomNotFound }
        let video = try await around.directory.video(record.videoID)
        return StoredRoom(
            version: 0,
            state: RoomState(
                id: id, epoch: RandomName.make("", characters: 12), settings: RoomSettings(record), video: video,
                at: around.clock.now()))
    }

    // MARK: What is new

    private func take(_ notice: RoomNotice) async {
        switch notice {
        case .changed(let version, let state, let events):
            guard let known = copy, version > known.version else { return }
            guard version == known.version + 1, state.epoch == known.state.epoch else { return await reload() }
            var history = known.history
            for event in events { history.append(event) }
            adopt(StoredRoom(version: version, state: state, history: history))
        case .passing(let frame): for session in sessions.values { session.send(frame, .passing) }
        case .reconsider: await reconsider()
        case .gap: await reload()
        }
    }

    private func reload() async {
        // Without the store the copy is still the best that is known.
        guard let found = try? await around.store.load(id) else { return }
        adopt(found)
    }

    /// Takes a newer state over and tells the connections what is new.
    private func adopt(_ room: StoredRoom) {
        if let copy, copy.version >= room.version, copy.state.epoch == room.state.epoch { return }
        copy = room
        let state = room.state
        if let delivered, delivered.epoch == state.epoch,
            let missing = room.history.after(delivered.sequence, upTo: state.sequence)
        {
            for event in missing { for session in sessions.values { session.send(event.text) } }
        } else if delivered != nil {
            resync()
        }
        delivered = (state.epoch, state.sequence)
        showWait()
        dismiss()
        sleeper?.cancel()
    }

    private func resync() {
        guard !sessions.isEmpty, let copy,
            let frame = try? ServerMessage.event("resync", at: around.clock.now(), Snapshot(copy))
        else { return }
        for session in sessions.values { session.send(frame) }
    }

    private func showWait() {
        guard let state, let wait = state.playback.wait else { return shownWait = nil }
        let document = WaitDocument(
            rev: state.playback.revision, deadline: wait.deadline, pending: state.pending)
        guard document != shownWait else { return }
        shownWait = document
        broadcast("wait", document)
    }

    private func broadcast(_ type: String, _ fields: some Encodable) {
        guard let frame = try? ServerMessage.event(type, at: around.clock.now(), fields) else { return }
        for session in sessions.values { session.send(frame, .newest(type)) }
    }

    /// Ends connections whose member is gone, or has another one.
    private func dismiss() {
        guard let copy else { return }
        for (member, session) in sessions where copy.state.members[member]?.connection != session.connection {
            sessions[member] = nil
            let isThere = copy.state.members[member] != nil
            let wasKicked = copy.history.departure(of: member) == .kicked
            session.end(isThere ? .replaced : wasKicked ? .kicked : .roomNotFound, at: around.clock.now())
        }
        if sessions.isEmpty { lonelySince = around.clock.now() }
    }

    // MARK: Connections

    /// Lets a connection have all events from now on, and welcomes it.
    /// - Returns: `false` if the member is gone again already.
    func seat(_ session: RoomSession, member: String, secret: String, resume: Resumption?) throws -> Bool {
        guard let copy, copy.state.members[member]?.connection == session.connection else { return false }
        let missed = resume.flatMap { resume -> ArraySlice<StoredEvent>? in
            guard resume.epoch == copy.state.epoch else { return nil }
            return copy.history.after(resume.seq, upTo: copy.state.sequence)
        }
        sessions[member] = session
        session.send(
            try Welcome(
                member: member, secret: secret, copy, resumed: resume != nil, missed: missed
            ).frame(at: around.clock.now()))
        return true
    }

    /// A connection is gone.
    func unseat(_ session: RoomSession, member: String) {
        guard sessions[member] === session else { return }
        sessions[member] = nil
        if sessions.isEmpty { lonelySince = around.clock.now() }
    }

    /// The message that a member's command has already made.
    func message(of commandID: String, from member: String) -> String? {
        copy?.history.message(of: commandID, from: member)
    }

    /// Everything, for a connection that has lost track.
    func snapshot() -> Snapshot? { copy.map { Snapshot($0) } }

    /// Ends all connections because the node stops.
    func sendAway() {
        for session in sessions.values {
            // Not all at the same moment.
            session.end(.goingAway, at: around.clock.now(), after: Int64.random(in: 0...5000))
        }
    }

    // MARK: Time

    private func keepTime() async {
        var (synced, swept, considered) = (around.clock.now(), around.clock.now(), around.clock.now())
        while !Task.isCancelled, !isOver {
            var now = around.clock.now()
            let due = copy.flatMap { Room($0.state).nextDeadline } ?? .max
            if due <= now { _ = try? await perform(.tick) }
            if now - synced >= RoomPace.sync {
                synced = now
                if let state { broadcast("sync", SyncDocument(state.playback)) }
            }
            if now - swept >= RoomPace.sweep {
                swept = now
                await sweep()
            }
            if now - considered >= RoomPace.reconsider {
                considered = now
                await reconsider()
            }
            if sessions.isEmpty, around.clock.now() - lonelySince > RoomPace.linger { return }
            now = around.clock.now()
            let next = min(copy.flatMap { Room($0.state).nextDeadline } ?? .max, synced + RoomPace.sync)
            await sleep(max(5, next - now))
        }
    }

    /// Sleeps until the time has passed or the room has changed.
    private func sleep(_ milliseconds: Int64) async {
        let sleeper = Task { _ = try? await Task.sleep(for: .milliseconds(milliseconds)) }
        self.sleeper = sleeper
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
    }

    /// Finds members whose connection broke without anybody saying so.
    private func sweep() async {
        guard let state else { return }
        let now = around.clock.now()
        let others = Set(state.members.values.filter(\.isHere).map(\.node)).subtracting([around.node])
        if !others.isEmpty, let lost = try? await around.store.lostNodes(of: others), !lost.isEmpty {
            _ = try? await perform(.nodesLost(lost))
        }
        for member in state.members.values where member.node == around.node && member.isHere {
            // One that has just come in gets its connection in a moment.
            guard sessions[member.id] == nil, now - member.joinedAt > RoomPace.sweep else { continue }
            _ = try? await perform(.lost(member: member.id, connection: member.connection))
        }
    }

    /// Looks at what the owner has chosen, and whether the room is still there.
    private func reconsider() async {
        do {
            guard let record = try await around.directory.room(id) else {
                try? await around.store.remove(id)
                return close(.roomNotFound)
            }
            let settings = RoomSettings(record)
            if let state, settings != state.settings { _ = try? await perform(.change(settings)) }
            if let state, !sessions.isEmpty {
                try await around.directory.touch(id, video: state.playback.video.id)
            }
        } catch {
            around.logger.debug("a room cannot be looked up", metadata: ["room": "\(id)", "error": "\(error)"])
        }
    }
}

/// How often a node does things for a room, in milliseconds.
enum RoomPace {
    static let sync: Int64 = 5_000
    static let sweep: Int64 = 5_000
    static let reconsider: Int64 = 60_000
    /// A room without connections is kept for so long: longer than the place of a member whose connection broke.
    static let linger: Int64 = RoomLimits.away + 15_000
    /// A node that has not said that it lives for so long is dead.
    static let nodeLifetime: Int64 = 15_000
    static let nodeBeat: Int64 = 4_000
}
