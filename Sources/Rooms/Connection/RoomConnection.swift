internal import Crypto
internal import Ground

/// One client's connection to a room: decodes its messages, performs them, and answers.
///
/// It uses no sockets: frames arrive through ``receive(_:)`` and leave through ``session``.
public actor RoomConnection {
    /// The frames that wait for the client.
    public nonisolated let session: RoomSession
    private let hub: RoomHub
    private let roomID: String
    /// The block of the client's address.
    private let address: String
    private let identify: @Sendable (String) async throws -> Identity?
    private var membership: (room: LiveRoom, member: String)?
    /// The guest's place in the quota of the address (``AddressLimits``).
    private var place: AddressQuota.Place?
    private var token: String?
    private var rateLimits: MessageRateLimits
    private var chatLimiter: ChatRateLimiter
    private var drift = DriftDetector()
    private var roundTrips: [Int64] = []

    /// Creates a connection that has received nothing.
    /// - Parameters:
    ///   - room: The id of the room, which need not exist.
    ///   - address: The client's IP address; bans of guests and address limits apply to its block.
    ///   - identify: Finds the account of a session token; gives `nil` if the token is not valid.
    public init(
        hub: RoomHub, room: String, address: String,
        identify: @escaping @Sendable (String) async throws -> Identity?
    ) {
        self.hub = hub
        roomID = room
        self.address = AddressBlock.of(address)
        self.identify = identify
        session = RoomSession(connection: "con_" + RandomText.base32(16), clock: hub.clock.wallClock)
        rateLimits = MessageRateLimits(at: hub.clock.now())
        chatLimiter = ChatRateLimiter(at: hub.clock.now())
        hub.add(session)
    }

    /// Whether the client has joined the room.
    public var isInRoom: Bool { membership != nil }

    private var now: Int64 { hub.clock.now() }
    /// The shortest of the last measured round trips, in milliseconds.
    private var roundTrip: Int64 { roundTrips.min() ?? 100 }

    /// Adds a measured round trip of the connection, in milliseconds; the last eight count.
    public func addRoundTrip(_ milliseconds: Int64) {
        roundTrips.append(max(0, milliseconds))
        if roundTrips.count > 8 { roundTrips.removeFirst() }
    }

    /// Performs the message in a text frame and queues its answer.
    ///
    /// The next frame must be passed only after this returns, so that answers keep their order.
    public func receive(_ frame: [UInt8]) async {
        // Messages after the connection was ended are ignored.
        guard !session.isClosing else { return }
        let received = now
        hub.countMessage()
        let message: ClientMessage
        do throws(RoomFault) {
            message = try ClientMessage.read(frame)
        } catch {
            return session.end(.malformed, reason: "the message cannot be read")
        }
        switch rateLimits.judge(message.body, at: received) {
        case .allowed: break
        case .tooMany(let wait): return refuse(message, .rateLimited, retryAfter: Int((wait + 999) / 1000))
        case .abuse: return session.end(.abuse)
        }
        switch message.body {
        case .hello(let hello): return await join(hello, message)
        case .wrong("hello"): return session.end(.malformed, reason: "the message cannot be read")
        default: break
        }
        guard let (room, member) = membership else {
            return session.end(.unauthenticated, reason: "hello comes first")
        }
        do throws(RoomFault) {
            try await perform(message, room, member, received: received)
        } catch {
            refuse(message, error)
        }
    }

    /// Sends a snapshot, because the client was too slow for the events from a sequence number on.
    public func catchUp(from sequence: Int64) async {
        guard let (room, member) = membership else { return }
        await room.catchUp(session, member: member, from: sequence)
    }

    /// Ends the session if its token is not valid any more. While tokens cannot be looked up, no session is ended.
    public func checkToken() async {
        guard let token else { return }
        do {
            if try await identify(token) == nil { session.end(.unauthenticated, reason: "the session is over") }
        } catch {}
    }

    /// Closes the connection; the membership lasts for ``RoomLimits/away``, in which the client may resume it.
    public func close() async {
        session.finish()
        hub.remove(session)
        place = nil
        guard let (room, member) = membership else { return }
        membership = nil
        await room.detach(session, member: member)
        _ = try? await room.perform(.lost(member: member, connection: session.connection))
    }

    // MARK: - Joining and resuming

    /// Joins the room, or resumes a membership, as the `hello` of the client asks.
    private func join(_ hello: Hello, _ message: ClientMessage) async {
        guard membership == nil else { return refuse(message, .invalidState) }
        var identity: Identity?
        if let token = hello.token {
            do {
                identity = try await identify(token)
            } catch {
                return session.end(.goingAway, after: 2000, reason: "sessions cannot be looked up")
            }
            guard identity != nil else {
                return session.end(.unauthenticated, reason: "the token is not valid")
            }
            self.token = token
        }
        do throws(RoomFault) {
            let room = try await hub.room(roomID)
            if let resume = hello.resume, try await self.resume(resume, hello, identity, room) { return }
            guard let name = Self.name(hello, identity) else {
                return session.end(.malformed, reason: "a guest needs a name of 1 to 40 characters")
            }
            // Each new member is an event for all others.
            if let wait = hub.addresses.waitToJoin(identity?.userID ?? address, at: now) { return postpone(wait) }
            try await joinAnew(name, hello, identity, room)
        } catch {
            // Checked only for ids that name no room, so that such requests do not block access to an existing room.
            if error == .roomNotFound, let wait = hub.addresses.countMiss(address, at: now) { return postpone(wait) }
            switch error {
            case .roomNotFound, .videoNotFound, .videoNotPlayable: session.end(.roomNotFound)
            case _ where Self.isRefusal(error): session.end(.notAllowed, reason: error.rawValue)
            default: session.end(.goingAway, after: 2000, reason: error.rawValue)
            }
        }
    }

    /// Joins as a new member.
    private func joinAnew(
        _ name: String, _ hello: Hello, _ identity: Identity?, _ room: LiveRoom
    ) async throws(RoomFault) {
        let (member, secret) = ("mem_" + RandomText.base32(16), RandomText.base32(32))
        let guestKey = Self.guestKey(hello, identity)
        var request = JoinRequest(
            id: member, name: name, userID: identity?.userID, secretDigest: Self.digest(secret),
            origin: Origin(
                address: Self.digest("address " + address),
                guestKey: guestKey.map { Self.digest("guest " + $0) }),
            attachment: Attachment(node: hub.node, connection: session.connection), roundTrip: roundTrip,
            addressLimit: hub.addresses.guestsInRoom)
        if identity == nil {
            do {
                request.isNameTaken = try await hub.directory.isAccountName(name)
            } catch {
                throw .unavailable
            }
            try countGuest()
        }
        do throws(RoomFault) {
            _ = try await room.perform(.join(request))
        } catch {
            guard Self.isRefusal(error) else { throw error }
            // This node may not know yet that a ban was lifted or a member left.
            await room.reload()
            _ = try await room.perform(.join(request))
        }
        try await attach(room, member, secret, guestKey, resume: nil)
    }

    /// Resumes a membership.
    /// - Returns: `false` if there is no such membership any more; the client joins anew then.
    private func resume(
        _ resume: Resumption, _ hello: Hello, _ identity: Identity?, _ room: LiveRoom
    ) async throws(RoomFault) -> Bool {
        // Loads the room if this node does not have it yet.
        _ = try await room.perform(.tick)
        guard let known = await room.state?.members[resume.memberId],
            known.secretDigest == Self.digest(resume.secret), known.userID == identity?.userID
        else { return false }
        if identity == nil { try countGuest() }
        do throws(RoomFault) {
            _ = try await room.perform(
                .resume(member: known.id, Attachment(node: hub.node, connection: session.connection)))
        } catch {
            guard error == .memberNotFound else { throw error }
            return false
        }
        try await attach(room, known.id, resume.secret, Self.guestKey(hello, identity), resume: resume)
        return true
    }

    private func attach(
        _ room: LiveRoom, _ member: String, _ secret: String, _ guestKey: String?, resume: Resumption?
    ) async throws(RoomFault) {
        guard await room.attach(session, member: member, secret: secret, guestKey: guestKey, resume: resume) else {
            throw .unavailable
        }
        membership = (room, member)
    }

    /// Counts a guest of the address until the connection is closed.
    private func countGuest() throws(RoomFault) {
        guard place == nil else { return }
        guard let taken = hub.addresses.enter(address) else { throw .tooManyOfAddress }
        place = taken
    }

    /// Ends the session because the address asks for too much; the client may try again after `wait` milliseconds.
    private func postpone(_ wait: Int64) {
        session.end(.goingAway, after: max(1000, wait), reason: RoomFault.rateLimited.rawValue)
    }

    /// Whether a fault means that the room does not admit the person.
    private static func isRefusal(_ fault: RoomFault) -> Bool {
        [.banned, .addressBanned, .full, .tooManyOfAddress, .tooManyOfAccount].contains(fault)
    }

    private static func name(_ hello: Hello, _ identity: Identity?) -> String? {
        if let identity { return identity.name }
        guard let name = try? Room.clean(hello.name ?? "", limit: RoomLimits.nameLength),
            !NameSkeleton.of(name).isEmpty
        else { return nil }
        return name
    }

    /// The key that identifies a guest's client: the one that it was given before, else a new one. It grants nothing, so it
    /// only has to be unique.
    private static func guestKey(_ hello: Hello, _ identity: Identity?) -> String? {
        guard identity == nil else { return nil }
        if let key = hello.guestKey, key.utf8.count == 32, key.utf8.allSatisfy({ (48...122).contains($0) }) {
            return key
        }
        return RandomText.base32(32)
    }

    /// SHA-256 of a text in hexadecimal digits.
    private static func digest(_ text: String) -> String { Hexadecimal.text(SHA256.hash(data: Array(text.utf8))) }

    // MARK: - Messages of members

    /// Performs a member's message and answers it.
    ///
    /// Each kind of message has a function of its own: a task keeps the memory of the largest asynchronous function that it
    /// ever called, and the task of a connection lasts as long as the connection.
    private func perform(
        _ message: ClientMessage, _ room: LiveRoom, _ member: String, received: Int64
    ) async throws(RoomFault) {
        switch message.body {
        case .chat(let text, let id): try await chat(text, id, room, member, message)
        case .clock(let sent): answer(message, ClockResponse(t0: sent, t1: received, t2: now))
        case .status(let status):
            try await handle(status, room, member)
            answer(message)
        case .react(let emoji): try await react(emoji, room, member, message)
        case .listBans: try await listBans(room, member, message)
        case .resync: try await resync(room, message)
        case .leave: try await leave(room, member, message)
        case .control, .ready, .deleteMessage, .liftBan, .kick, .mute, .setRole:
            try await room.perform(try await command(of: message.body, room, member))
            answer(message)
        case .wrong(let type): refuseFields(message, of: type)
        case .hello: throw .invalidState
        case .unknown: throw .unknownType
        }
    }

    /// The command that a message stands for.
    private func command(
        of body: ClientMessage.Body, _ room: LiveRoom, _ member: String
    ) async throws(RoomFault) -> RoomCommand {
        switch body {
        case .control(let request, let base):
            return .control(member: member, try await resolve(request), base: base)
        case .ready(let revision): return .ready(member: member, revision: revision, roundTrip: roundTrip)
        case .deleteMessage(let id): return .deleteMessage(member: member, message: id)
        case .liftBan(let banned):
            return .liftBan(target: banned, user: await room.state?.members[member]?.userID)
        case .kick(let target, let minutes, let reason):
            return .kick(member: member, target: target, banMinutes: minutes, reason: reason)
        case .mute(let target, let seconds): return .mute(member: member, target: target, seconds: seconds)
        case .setRole(let target, let role): return .setRole(member: member, target: target, role)
        case .hello, .chat, .clock, .status, .react, .listBans, .resync, .leave, .wrong, .unknown: throw .unknownType
        }
    }

    /// Sends a chat message to the room.
    private func chat(
        _ text: String, _ id: String?, _ room: LiveRoom, _ member: String, _ message: ClientMessage
    ) async throws(RoomFault) {
        guard id.map({ (1...64).contains($0.utf8.count) }) ?? true else { throw .malformed }
        // A client that did not get the answer sends the command again, which the limiter must not count.
        if let id, let known = await room.history?.chatLog.message(of: id, from: member) {
            return answer(message, ["msgId": known])
        }
        try chatLimiter.check(text, at: now)
        let command = RoomCommand.chat(member: member, text: text, commandID: id)
        guard let created = try await room.perform(command) else { throw .unavailable }
        chatLimiter.record(text, at: now)
        answer(message, ["msgId": created])
    }

    private func listBans(_ room: LiveRoom, _ member: String, _ message: ClientMessage) async throws(RoomFault) {
        guard let state = await room.state else { throw .unavailable }
        let bans = try Room(state).bans(for: state.members[member]?.userID, at: now)
        answer(message, ["bans": bans.map { BanDocument($0) }])
    }

    /// Answers with the current snapshot.
    private func resync(_ room: LiveRoom, _ message: ClientMessage) async throws(RoomFault) {
        guard let snapshot = await room.snapshot else { throw .unavailable }
        guard let id = message.id else { return }
        session.send(ServerMessage.answer(to: id, text: snapshot.text), .required)
    }

    private func leave(_ room: LiveRoom, _ member: String, _ message: ClientMessage) async throws(RoomFault) {
        membership = nil
        await room.detach(session, member: member)
        try await room.perform(.leave(member: member))
        answer(message)
        session.end(.left)
    }

    /// Looks up the video that a control names.
    private func resolve(_ request: ClientMessage.ControlRequest) async throws(RoomFault) -> PlaybackControl {
        switch request {
        case .plain(let control): return control
        case .media(let id):
            do {
                return .media(try await hub.directory.video(id))
            } catch let fault as RoomFault {
                throw fault
            } catch {
                throw .unavailable
            }
        }
    }

    /// Broadcasts a reaction to all nodes; it is not stored.
    private func react(
        _ emoji: String, _ room: LiveRoom, _ member: String, _ message: ClientMessage
    ) async throws(RoomFault) {
        guard let state = await room.state else { throw .unavailable }
        let emoji = try Room(state).reaction(emoji, by: member, at: now)
        do {
            let frame = try ServerMessage.event("react", at: now, ["memberId": member, "emoji": emoji])
            try await hub.store.broadcast(frame, room: roomID)
        } catch {
            throw .unavailable
        }
        answer(message)
    }

    /// Records whether the member's player has data, and corrects its position if it has drifted.
    private func handle(_ status: PlayerStatus, _ room: LiveRoom, _ member: String) async throws(RoomFault) {
        guard let state = await room.state, let known = state.members[member] else { throw .memberNotFound }
        let isBuffering = status.state == .buffering
        let isChange = isBuffering ? known.bufferingSince == nil : known.bufferingSince != nil || !known.isReady
        if isChange {
            _ = try await room.perform(.buffering(member: member, isBuffering: isBuffering, position: status.position))
        }
        let playback = state.playback
        guard drift.hasDrifted(status, playback, roundTrip: roundTrip, at: now),
            let frame = try? ServerMessage.event(
                "sync.correct", at: now,
                Correction(rev: playback.revision, pos: playback.position(at: now), at: now, reason: "drift"))
        else { return }
        session.send(frame, .newest("sync.correct"))
    }

    // MARK: - Answers

    private func answer(_ message: ClientMessage, _ fields: some Encodable = ServerMessage.NoFields()) {
        guard let id = message.id, let frame = try? ServerMessage.answer(to: id, fields) else { return }
        session.send(frame, .required)
    }

    private func refuse(_ message: ClientMessage, _ fault: RoomFault, retryAfter: Int? = nil) {
        guard let id = message.id, let frame = try? ServerMessage.refusal(of: id, fault, retryAfter: retryAfter)
        else { return }
        session.send(frame, .required)
    }

    /// Refuses a message with wrong fields. A client that wants no answers is sent an `error` event, or it would never know.
    private func refuseFields(_ message: ClientMessage, of type: String) {
        guard message.id == nil else { return refuse(message, .malformed) }
        let fields = [
            "t": String(type.prefix(32)), "code": RoomFault.malformed.rawValue, "title": RoomFault.malformed.title,
        ]
        guard let frame = try? ServerMessage.event("error", at: now, fields) else { return }
        session.send(frame, .newest("error"))
    }

    private struct ClockResponse: Encodable {
        var t0: Int64
        var t1: Int64
        var t2: Int64
    }

    private struct Correction: Encodable {
        var rev: Int64
        var pos: Int64
        var at: Int64
        var reason: String
    }
}

/// The account at the other end of a connection.
public struct Identity: Sendable, Hashable {
    /// The account's id.
    public var userID: String
    /// The account's name.
    public var name: String

    /// Creates an identity.
    public init(userID: String, name: String) {
        self.userID = userID
        self.name = name
    }
}
