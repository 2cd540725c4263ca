internal import Catalog
internal import Ground
internal import MediaModel

/// One client's conversation with a room: reads its messages, does what they say, answers.
///
/// Knows nothing of sockets: frames come in through ``receive(_:)``, and go out through ``session``.
public actor RoomConnection {
    /// Where frames for the client wait.
    public nonisolated let session: RoomSession
    let hub: RoomHub
    let roomID: String
    let address: String
    let identify: @Sendable (String) async throws -> Identity?
    var seat: (room: LiveRoom, member: String)?
    /// Whether ``AddressLimits`` counts it.
    var isCounted = false
    var token: String?
    var limits: ChatRateLimits
    var gate: ChatRateLimiter
    var drift = DriftWatch()
    var roundTrips: [Int64] = []

    /// A conversation that has not begun.
    /// - Parameters:
    ///   - room: The name in the address.
    ///   - address: Where the client is; a ban of a guest is a ban of its block.
    ///   - identify: Who a token belongs to; `nil` if it is not valid.
    public init(
        hub: RoomHub, room: String, address: String,
        identify: @escaping @Sendable (String) async throws -> Identity?
    ) {
        self.hub = hub
        roomID = room
        self.address = AddressBlock.of(address)
        self.identify = identify
        session = RoomSession(
            connection: "con_" + RandomText.base32(16), clock: hub.clock.wallClock)
        limits = ChatRateLimits(at: hub.clock.now())
        gate = ChatRateLimiter(at: hub.clock.now())
        hub.add(session)
    }

    /// Whether the client is in the room.
    public var isSeated: Bool { seat != nil }

    var now: Int64 { hub.clock.now() }
    var roundTrip: Int64 { roundTrips.min() ?? 100 }

    /// Takes a measured round trip of the connection, in milliseconds.
    public func note(roundTrip: Int64) {
        roundTrips.append(max(0, roundTrip))
        if roundTrips.count > 8 { roundTrips.removeFirst() }
    }

    /// Takes a text frame. Answers in order; the next one is to be given when this has returned.
    public func receive(_ frame: [UInt8]) async {
        // What comes after a goodbye is of no interest any more.
        guard !session.isClosing else { return }
        let received = now
        hub.countMessage()
        let message: ClientMessage
        do throws(RoomFault) {
            message = try ClientMessage.read(frame)
        } catch {
            return session.end(.malformed, reason: "the message cannot be read")
        }
        switch limits.judge(message.body, at: received) {
        case .fine: break
        case .tooMany(let wait): return refuse(message, .rateLimited, retryAfter: Int((wait + 999) / 1000))
        case .abuse: return session.end(.abuse)
        }
        switch message.body {
        case .hello(let hello): return await enter(hello, message)
        case .wrong("hello"): return session.end(.malformed, reason: "the message cannot be read")
        default: break
        }
        guard let seat else { return session.end(.unauthenticated, reason: "hello comes first") }
        if case .wrong(let type) = message.body { return refuseFields(message, about: type) }
        do throws(RoomFault) {
            try await carryOut(message, seat.room, seat.member, received: received)
        } catch {
            refuse(message, error)
        }
    }

    /// Sends everything about the room: events were lost from this one on.
    public func catchUp(from sequence: Int64) async {
        await seat?.room.catchUp(session, member: seat?.member ?? "", from: sequence)
    }

    /// The connection is gone; the member's place is kept for a while.
    public func close() async {
        session.finish()
        hub.remove(session)
        if isCounted { hub.addresses.leave(address) }
        isCounted = false
        guard let seat else { return }
        self.seat = nil
        await seat.room.unseat(session, member: seat.member)
        _ = try? await seat.room.perform(.lost(member: seat.member, connection: session.connection))
    }

    /// Makes sure that who is signed in still is.
    public func checkToken() async {
        guard let token else { return }
        do {
            guard try await identify(token) == nil else { return }
            session.end(.unauthenticated, reason: "the session is over")
        } catch {
            // When sessions cannot be looked up, nobody is sent away.
        }
    }
}
