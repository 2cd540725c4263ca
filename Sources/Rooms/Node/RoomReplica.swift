internal import DequeModule
internal import Ground

/// One node's replica of a room, as a state machine without I/O, sockets and clock.
///
/// Holds the room's last known version, which connections are attached, and the commands that wait to be written. Each method
/// takes an event and returns the actions that ``LiveRoom`` has to perform in order.
///
/// All waiting commands are applied to the copy at once, and the change is written if no other node has changed the room
/// meanwhile; else the copy is updated and they are applied again. Events are sent to connections only after they are written.
struct RoomReplica: Sendable {
    /// The result of a command.
    typealias Reply = Result<String?, RoomFault>

    /// A command, and the ticket under which its sender waits; `nil` for a command of the replica itself.
    private struct Submission: Sendable {
        var command: RoomCommand
        var ticket: Int?
    }

    /// The commands that are written together.
    private struct Batch: Sendable {
        var submissions: [Submission]
        /// How often it was applied, with the attempt under way.
        var attempts = 1
    }

    /// A computed change and the replies that it gives once it is written.
    private struct Proposal: Sendable {
        var batch: Batch
        var change: RoomChange
        var replies: [Reply]
    }

    private enum WritePhase: Sendable {
        case idle
        /// The room is being loaded, or looked up, before the batch is applied to it.
        case loading(Batch)
        /// The change is being written.
        case writing(Proposal)
        /// The store has another version than the change is based on; the room is being loaded.
        case comparing(Proposal)
        case backingOff(Batch)
    }

    /// The largest number of waiting commands.
    static let waitingLimit = 4096
    /// How often a batch is applied before its senders are asked to try again.
    static let attempts = 24

    /// The room's id.
    let id: String
    private let node: String
    private let makeEpoch: @Sendable () -> String

    private var copy: StoredRoom?
    /// Whether the store may have a change that the copy does not have.
    private var isUncertain = false
    private var waiting = Deque<Submission>()
    private var phase = WritePhase.idle
    /// The number of the replica's own commands that wait or are being written.
    private var ownCommands = 0

    /// The connection of each member who is attached here.
    private var attachments: [String: String] = [:]
    /// The last event that the attached connections were sent, and its epoch.
    private var delivered: (epoch: String, sequence: Int64)?
    private var sentWait: WaitDocument?
    private var cachedSnapshot: Snapshot?

    private var timetable: RoomTimetable
    private var tickRetry = RetryBackoff()
    private var isTicking = false
    /// Since when no connection is attached, in milliseconds since 1970.
    private var emptySince: Int64
    /// The nodes that were lost at the last sweep.
    private var silentNodes: Set<String> = []
    /// Whether the replica is closed and takes no more commands.
    private(set) var isClosed = false

    /// Creates a replica that has not loaded its room.
    /// - Parameters:
    ///   - node: The name of this node.
    ///   - makeEpoch: Makes the name of a new epoch.
    init(
        _ id: String, node: String, at now: Int64,
        makeEpoch: @escaping @Sendable () -> String = { RandomText.base32(12) }
    ) {
        self.id = id
        self.node = node
        self.makeEpoch = makeEpoch
        timetable = RoomTimetable(at: now)
        emptySince = now
    }

    /// The room's state, as far as this node knows it.
    var state: RoomState? { copy?.state }

    /// The room's recent events, as far as this node knows them.
    var history: EventHistory? { copy?.history }

    // MARK: - Commands

    /// Takes a command, which the next batch writes.
    /// - Parameter ticket: Names the sender in ``Action/reply(ticket:_:)``; `nil` for a command of the replica itself.
    /// - Throws: ``RoomFault/unavailable`` if the replica is closed, or too many commands wait.
    mutating func submit(_ command: RoomCommand, ticket: Int?) throws(RoomFault) {
        guard !isClosed, waiting.count < Self.waitingLimit else { throw .unavailable }
        waiting.append(Submission(command: command, ticket: ticket))
        if ticket == nil { ownCommands += 1 }
    }

    /// Submits a command of the replica itself; drops it if too many commands wait, because a later sweep or tick repeats it.
    private mutating func submitOwn(_ command: RoomCommand) -> [Action] {
        (try? submit(command, ticket: nil)) == nil ? [] : [.wakeWriter]
    }

    /// Starts to write all waiting commands, unless a batch is being written.
    mutating func startBatch(at now: Int64) -> [Action] {
        guard case .idle = phase, !waiting.isEmpty else { return [] }
        let batch = Batch(submissions: Array(waiting))
        waiting.removeAll()
        return propose(batch, at: now)
    }

    /// Continues with the room that the store has; `nil` if it has none.
    mutating func loaded(_ found: StoredRoom?, at now: Int64) -> [Action] {
        switch phase {
        case .loading(let batch):
            isUncertain = false
            let actions = found.map { adopt($0, at: now) } ?? []
            return actions + (copy == nil ? [.create] : propose(batch, at: now))
        case .comparing(var proposal):
            guard let found else { return retryLater(proposal.batch, at: now) }
            guard found.state.epoch == proposal.change.state.epoch, found.version < proposal.change.base else {
                let actions = adopt(found, at: now)
                return actions + retryLater(proposal.batch, at: now)
            }
            // The store has lost the last changes, as it may in a crash; the copy has them.
            proposal.change.state.epoch = makeEpoch()
            phase = .writing(proposal)
            return [.restore(proposal.change, over: found.version)]
        case .idle, .writing, .backingOff: return []
        }
    }

    /// Continues with a room that the store does not have yet.
    mutating func created(_ settings: RoomSettings, _ video: RoomVideo, at now: Int64) -> [Action] {
        guard case .loading(let batch) = phase else { return [] }
        let state = RoomState(id: id, epoch: makeEpoch(), settings: settings, video: video, at: now)
        return propose(batch, on: StoredRoom(version: 0, state: state), at: now)
    }

    /// Continues after the store took or refused a change.
    mutating func committed(_ outcome: CommitOutcome, at now: Int64) -> [Action] {
        guard case .writing(var proposal) = phase else { return [] }
        switch outcome {
        case .written: return finish(proposal.batch, proposal.replies, written: proposal.change, at: now)
        case .missing where isClosed:
            // The room was probably removed from the store because it was deleted: its state must not come back.
            return failed(.unavailable, at: now)
        case .missing:
            // The store has lost the room, perhaps with events that this node never saw: a new epoch keeps later sequence
            // numbers apart from them.
            proposal.change.state.epoch = makeEpoch()
            phase = .writing(proposal)
            return [.restore(proposal.change, over: nil)]
        case .conflict:
            // A notice may have brought the other node's change already.
            if let copy, copy.version > proposal.change.base { return retryLater(proposal.batch, at: now) }
            phase = .comparing(proposal)
            return [.load]
        }
    }

    /// Continues after the store took or refused a whole room.
    mutating func restored(_ isWritten: Bool, at now: Int64) -> [Action] {
        guard case .writing(let proposal) = phase else { return [] }
        guard !isWritten else {
            return finish(proposal.batch, proposal.replies, written: proposal.change, at: now)
        }
        isUncertain = true
        return retryLater(proposal.batch, at: now)
    }

    /// Nodes that write at the same moment back off for different times after the third attempt.
    private mutating func retryLater(_ batch: Batch, at now: Int64) -> [Action] {
        phase = .backingOff(batch)
        return batch.attempts > 2 ? [.backOff(upTo: Int64(2 * (batch.attempts - 1)))] : retry(at: now)
    }

    /// Applies the batch again, or gives it up after ``attempts``.
    mutating func retry(at now: Int64) -> [Action] {
        guard case .backingOff(var batch) = phase else { return [] }
        guard batch.attempts < Self.attempts else { return failed(.unavailable, at: now) }
        batch.attempts += 1
        return propose(batch, at: now)
    }

    /// Gives the batch up after an error.
    /// - Parameter fault: What its senders are told; `nil` if it is unknown whether the change was written.
    mutating func failed(_ fault: RoomFault?, at now: Int64) -> [Action] {
        if fault == nil { isUncertain = true }
        switch phase {
        case .idle: return []
        case .loading(let batch), .backingOff(let batch):
            return finish(batch, batch.submissions.map { _ in .failure(fault ?? .unavailable) }, at: now)
        case .writing(let proposal), .comparing(let proposal):
            return finish(proposal.batch, proposal.replies.map { _ in .failure(fault ?? .unavailable) }, at: now)
        }
    }

    /// Applies the commands to the copy, or to a room that the store does not have yet, and writes the change if there is
    /// one. Loads the room first if the copy is missing or uncertain.
    private mutating func propose(_ batch: Batch, on new: StoredRoom? = nil, at now: Int64) -> [Action] {
        guard let base = new ?? (isUncertain ? nil : copy) else {
            phase = .loading(batch)
            return [.load]
        }
        var room = Room(base.state, chat: base.history.chatLog)
        let replies = batch.submissions.map { submission in
            Result { () throws(RoomFault) in try room.apply(submission.command, at: now) }
        }
        guard room.state != base.state else { return finish(batch, replies, at: now) }
        var unsequenced = base.state
        unsequenced.sequence = room.state.sequence
        var change = RoomChange(
            base: base.version, state: room.state, isStateNew: unsequenced != room.state, events: [],
            history: base.history)
        do {
            for (sequence, event) in room.takeEvents() {
                let stored = try StoredEvent(sequence: sequence, event, at: now)
                change.events.append(stored)
                change.history.append(stored)
            }
        } catch {
            return finish(batch, batch.submissions.map { _ in .failure(.unavailable) }, at: now)
        }
        phase = .writing(Proposal(batch: batch, change: change, replies: replies))
        return base.version > 0 ? [.commit(change)] : [.restore(change, over: nil)]
    }

    /// Adopts the change that was written, if any, replies to the batch and starts the next one.
    private mutating func finish(
        _ batch: Batch, _ replies: [Reply], written change: RoomChange? = nil, at now: Int64
    ) -> [Action] {
        var actions: [Action] = []
        if let change {
            let room = StoredRoom(version: change.base + 1, state: change.state, history: change.history)
            actions = adopt(room, at: now)
        }
        phase = .idle
        for (submission, reply) in zip(batch.submissions, replies) {
            if let ticket = submission.ticket {
                actions.append(.reply(ticket: ticket, reply))
            } else {
                ownCommands -= 1
                if submission.command == .tick { actions += tickFinished(at: now) }
            }
        }
        return actions + startBatch(at: now)
    }

    // MARK: - Changes of other nodes

    /// Takes a notice of the store.
    mutating func received(_ notice: RoomNotice, at now: Int64) -> [Action] {
        switch notice {
        case .changed(let delta):
            guard let known = copy, delta.version > known.version else { return [] }
            let epoch = delta.state?.epoch ?? known.state.epoch
            guard delta.version == known.version + 1, epoch == known.state.epoch else { return [.reload] }
            var (state, history) = (delta.state ?? known.state, known.history)
            state.sequence = delta.sequence
            for event in delta.events { history.append(event) }
            return adopt(StoredRoom(version: delta.version, state: state, history: history), at: now)
        case .ephemeral(let frame): return [.broadcast(frame, .ephemeral)]
        case .rowChanged: return [recheck]
        case .gap: return [.reload]
        }
    }

    /// Takes the room that the store has, after a gap.
    mutating func reloaded(_ found: StoredRoom, at now: Int64) -> [Action] { adopt(found, at: now) }

    /// Takes a newer version, and sends what is new in it to the connections.
    private mutating func adopt(_ room: StoredRoom, at now: Int64) -> [Action] {
        if let copy, copy.version >= room.version, copy.state.epoch == room.state.epoch { return [] }
        copy = room
        var actions: [Action] = []
        if let delivered, delivered.epoch == room.state.epoch,
            let missing = room.history.after(delivered.sequence, upTo: room.state.sequence)
        {
            actions = missing.map { .broadcast($0.text, .ordered($0.sequence)) }
        } else if delivered != nil, !attachments.isEmpty, let snapshot = snapshot() {
            actions = [.broadcast(ServerMessage.event("resync", at: now, text: snapshot.text), .snapshot)]
        }
        delivered = (room.state.epoch, room.state.sequence)
        return actions + sendWait(room.state, at: now) + endStaleConnections(room, at: now) + [.wakeTimer]
    }

    private mutating func sendWait(_ state: RoomState, at now: Int64) -> [Action] {
        guard let wait = state.playback.wait else {
            sentWait = nil
            return []
        }
        let document = WaitDocument(
            revision: state.playback.revision, deadline: wait.deadline, pending: state.pending)
        guard document.isNewer(than: sentWait) else { return [] }
        sentWait = document
        return broadcast("wait", document, at: now)
    }

    /// Ends the connections whose member is gone or has resumed over another connection.
    private mutating func endStaleConnections(_ room: StoredRoom, at now: Int64) -> [Action] {
        var actions: [Action] = []
        for (member, connection) in attachments where room.state.members[member]?.connection != connection {
            attachments[member] = nil
            let departure = room.history.departure(of: member)
            if room.state.members[member] != nil {
                actions.append(.end(connection: connection, .replaced, reason: nil))
            } else if departure?.reason == .kicked {
                actions.append(.end(connection: connection, .kicked, reason: departure?.explanation))
            } else {
                // The membership ended while the member was away; the client may join again.
                actions.append(.end(connection: connection, .goingAway, reason: nil))
            }
        }
        if attachments.isEmpty { emptySince = now }
        return actions
    }

    private func broadcast(_ type: String, _ fields: some Encodable, at now: Int64) -> [Action] {
        guard let frame = try? ServerMessage.event(type, at: now, fields) else { return [] }
        return [.broadcast(frame, .newest(type))]
    }

    // MARK: - Connections

    /// Attaches a member's connection, which is sent all events from now on.
    /// - Returns: The frame that welcomes it; `nil` if the member is gone or has another connection already, or the replica is
    ///   closed.
    mutating func attach(
        _ connection: String, member: String, secret: String, guestKey: String?, resume: Resumption?, at now: Int64
    ) -> [UInt8]? {
        guard !isClosed, let copy, copy.state.members[member]?.connection == connection else { return nil }
        let missed = resume.flatMap { resume -> ArraySlice<StoredEvent>? in
            guard resume.epoch == copy.state.epoch else { return nil }
            return copy.history.after(resume.seq, upTo: copy.state.sequence)
        }
        let welcome = Welcome(
            member: member, secret: secret, guestKey: guestKey, resumed: resume != nil, missed: missed)
        guard let snapshot = snapshot(), let frame = try? welcome.frame(copy, snapshot, at: now) else { return nil }
        attachments[member] = connection
        return frame
    }

    /// Detaches a member's connection, which is gone.
    mutating func detach(_ connection: String, member: String, at now: Int64) {
        guard attachments[member] == connection else { return }
        attachments[member] = nil
        if attachments.isEmpty { emptySince = now }
    }

    /// The frame with a snapshot for a connection that was too slow for the events from a sequence number on. It has all stored
    /// chat messages from there on.
    func catchUp(_ connection: String, member: String, from sequence: Int64, at now: Int64) -> [UInt8]? {
        guard attachments[member] == connection, let copy,
            let snapshot = try? Snapshot(copy, after: sequence - 1)
        else { return nil }
        return ServerMessage.event("resync", at: now, text: snapshot.text)
    }

    /// The snapshot of the current version; encoded once for all that ask for it.
    mutating func snapshot() -> Snapshot? {
        guard let copy else { return nil }
        if let cachedSnapshot, cachedSnapshot.isCurrent(copy) { return cachedSnapshot }
        cachedSnapshot = try? Snapshot(copy)
        return cachedSnapshot
    }

    // MARK: - Time

    /// Performs what is due at a moment.
    mutating func advance(at now: Int64) -> [Action] {
        guard !isClosed else { return [] }
        var actions: [Action] = []
        if let deadline, deadline <= now, tickRetry.earliest <= now, !isTicking {
            actions += submitOwn(.tick)
            isTicking = !actions.isEmpty
        }
        let due = timetable.takeDue(at: now)
        if due.sync, let state { actions += broadcast("sync", SyncDocument(state.playback), at: now) }
        if due.sweep { actions += sweep(at: now) }
        if due.recheck { actions.append(recheck) }
        return actions
    }

    /// When ``advance(at:)`` is next due, in milliseconds since 1970.
    var nextWakeUp: Int64 {
        guard !isTicking, let deadline else { return timetable.next }
        return min(timetable.next, max(deadline, tickRetry.earliest))
    }

    /// Whether nobody has been attached for so long that the node drops the room.
    func isAbandoned(at now: Int64) -> Bool { attachments.isEmpty && now - emptySince > RoomInterval.linger }

    private var deadline: Int64? { copy.flatMap { Room($0.state).nextDeadline } }

    /// A deadline that is still due after a tick could not be written: it is tried again later.
    private mutating func tickFinished(at now: Int64) -> [Action] {
        isTicking = false
        if let deadline, deadline <= now { tickRetry.failed(at: now) } else { tickRetry.succeeded() }
        return [.wakeTimer]
    }

    private var recheck: Action { .recheck(playing: state?.playback.video.id, isOccupied: !attachments.isEmpty) }

    /// Finds members whose connection broke without notice, and members who are marked as away by mistake.
    private mutating func sweep(at now: Int64) -> [Action] {
        // Commands of the last sweep that are not written yet would only be repeated.
        guard let state, ownCommands == 0 else { return [] }
        let nodes = Set(state.members.values.filter(\.isHere).map(\.node)).union([node])
        return nodes.count > 1 ? [.findLostNodes(nodes)] : foundLostNodes([], at: now)
    }

    /// Continues a sweep.
    /// - Parameter lost: The nodes that are not known to be alive.
    mutating func foundLostNodes(_ lost: Set<String>, at now: Int64) -> [Action] {
        guard let state else { return [] }
        let before = silentNodes
        silentNodes = []
        var (actions, isAnnouncing) = ([Action](), lost.contains(node))
        if !lost.contains(node) {
            // One look may fall into the moment between the loss of the store's data and a node's next announcement.
            silentNodes = lost
            let dead = lost.intersection(before)
            if !dead.isEmpty { actions += submitOwn(.nodesLost(dead)) }
        }
        for member in state.members.values where member.node == node {
            let isConnected = attachments[member.id] == member.connection
            if isConnected, !member.isHere {
                // This node was silent for so long that another one marked its members as away.
                isAnnouncing = true
                let attachment = Attachment(node: node, connection: member.connection)
                actions += submitOwn(.resume(member: member.id, attachment))
            } else if !isConnected, member.isHere, now - member.joinedAt > RoomInterval.sweep {
                // A member who joined a moment ago is about to be attached.
                actions += submitOwn(.lost(member: member.id, connection: member.connection))
            }
        }
        return isAnnouncing ? actions + [.announceNode] : actions
    }

    /// Takes the settings that the room's row has.
    mutating func rechecked(_ settings: RoomSettings) -> [Action] {
        guard let state, settings != state.settings else { return [] }
        return submitOwn(.change(settings))
    }

    /// Closes the replica: waiting commands are refused, and no more are taken.
    mutating func close() -> [Action] {
        isClosed = true
        attachments = [:]
        let submissions = waiting
        waiting.removeAll()
        return submissions.compactMap { submission in
            submission.ticket.map { .reply(ticket: $0, .failure(.unavailable)) }
        }
    }
}
