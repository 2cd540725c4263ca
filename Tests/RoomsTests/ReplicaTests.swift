import Ground
import Synchronization
import Testing

@testable import Rooms

/// A replica whose store, connections and clock the test plays.
struct ReplicaScene {
    private(set) var replica: RoomReplica
    var now: Int64 = 1_000_000
    /// The store's room; `nil` after it was lost.
    var stored: StoredRoom?
    /// Whether the store answers with errors.
    var isFailing = false
    /// The settings that the room's row has.
    private(set) var settings = RoomSettings(name: "Film", ownerID: "usr_owner")
    /// The frames of each connection.
    private(set) var frames: [String: [String]] = [:]
    private(set) var ended: [String: CloseCode] = [:]
    private(set) var replies: [Int: RoomReplica.Reply] = [:]
    /// The moments of all attempts to write.
    private(set) var writes: [Int64] = []
    private(set) var asked: [Set<String>] = []
    private(set) var rechecks: [Bool] = []
    private(set) var announcements = 0
    private(set) var backOffs: [Int64] = []
    /// The members' connections, for broadcasts.
    private var connections: Set<String> = []
    private var lastTicket = 0

    init() {
        let epochs = Epochs()
        replica = RoomReplica("room_1", node: "n1", at: 1_000_000) { epochs.next() }
    }

    /// Submits a command and performs the actions up to its reply.
    @discardableResult
    mutating func perform(_ command: RoomCommand) throws -> RoomReplica.Reply? {
        lastTicket += 1
        try replica.submit(command, ticket: lastTicket)
        perform([.wakeWriter])
        return replies[lastTicket]
    }

    /// Submits commands that are written in one batch, and performs the actions up to their replies.
    mutating func performTogether(_ commands: [RoomCommand]) throws -> [RoomReplica.Reply] {
        let tickets = (lastTicket + 1)...(lastTicket + commands.count)
        lastTicket += commands.count
        for (command, ticket) in zip(commands, tickets) { try replica.submit(command, ticket: ticket) }
        let before = writes.count
        perform([.wakeWriter])
        try #require(writes.count == before + 1, "one batch")
        return try tickets.map { try #require(replies[$0]) }
    }

    mutating func forgetFrames() { frames = [:] }

    mutating func join(_ name: String, user: String? = nil, node: String = "n1") throws {
        try perform(
            .join(
                JoinRequest(
                    id: "mem_" + name, name: name, userID: user, secretDigest: "", origin: Origin(address: name),
                    attachment: Attachment(node: node, connection: "con_" + name), roundTrip: 1)))
    }

    /// Attaches the connection of a member.
    mutating func attach(_ name: String, resume: Resumption? = nil) -> Bool {
        let welcome = replica.attach(
            "con_" + name, member: "mem_" + name, secret: "s", guestKey: nil, resume: resume, at: now)
        guard let welcome else { return false }
        connections.insert("con_" + name)
        perform([.send(welcome, .required, to: "con_" + name)])
        return true
    }

    mutating func detach(_ name: String) {
        replica.detach("con_" + name, member: "mem_" + name, at: now)
        connections.remove("con_" + name)
    }

    mutating func receive(_ notice: RoomNotice) { perform(replica.received(notice, at: now)) }

    /// Lets time pass; what becomes due happens when it does.
    mutating func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        perform(replica.advance(at: now))
        while replica.nextWakeUp <= end {
            now = max(now + 1, replica.nextWakeUp)
            perform(replica.advance(at: now))
        }
        now = end
    }

    /// Names epochs `e1`, `e2` and so on.
    private final class Epochs: Sendable {
        private let count = Mutex(0)

        func next() -> String {
            count.withLock { count in
                count += 1
                return "e\(count)"
            }
        }
    }

    mutating func close() { perform(replica.close()) }
    mutating func foundLostNodes(_ nodes: Set<String>) { perform(replica.foundLostNodes(nodes, at: now)) }
    mutating func rechecked(_ settings: RoomSettings) { perform(replica.rechecked(settings)) }
    mutating func snapshot() -> Snapshot? { replica.snapshot() }

    /// What a connection was sent, by type.
    func types(_ name: String) -> [String] {
        (frames["con_" + name] ?? []).compactMap { frame in
            frame.split(separator: "\"t\":\"").dropFirst().last.map { String($0.prefix { $0 != "\"" }) }
        }
    }

    /// A change that another node writes.
    mutating func changeElsewhere(_ command: RoomCommand) throws -> RoomDelta {
        let base = try #require(stored)
        var room = Room(base.state)
        _ = try room.apply(command, at: now)
        let state = room.state
        let events = try room.takeEvents().map {
            try StoredEvent(sequence: $0.sequence, $0.event, at: now)
        }
        var history = base.history
        for event in events { history.append(event) }
        stored = StoredRoom(version: base.version + 1, state: state, history: history)
        return RoomDelta(version: base.version + 1, sequence: state.sequence, state: state, events: events)
    }

    private mutating func perform(_ actions: [RoomReplica.Action]) {
        var actions = actions
        while !actions.isEmpty {
            let results = result(of: actions.removeFirst())
            actions = results + actions
        }
    }

    private mutating func result(of action: RoomReplica.Action) -> [RoomReplica.Action] {
        switch action {
        case .send(let frame, _, let connection): add(frame, to: connection)
        case .broadcast(let frame, _): for connection in connections { add(frame, to: connection) }
        case .end(let connection, let code, _):
            ended[connection] = code
            connections.remove(connection)
        case .reply(let ticket, let reply): replies[ticket] = reply
        case .wakeWriter: return replica.startBatch(at: now)
        case .wakeTimer: break
        case .load: return isFailing ? replica.failed(nil, at: now) : replica.loaded(stored, at: now)
        case .create:
            return replica.created(settings, RoomVideo(id: "vid_1", title: "A film", duration: 600_000), at: now)
        case .commit(let change):
            writes.append(now)
            if isFailing { return replica.failed(.unavailable, at: now) }
            guard let stored else { return replica.committed(.missing, at: now) }
            guard stored.version == change.base else { return replica.committed(.conflict, at: now) }
            self.stored = StoredRoom(version: change.base + 1, state: change.state, history: change.history)
            return replica.committed(.written, at: now)
        case .restore(let change, let version):
            writes.append(now)
            guard stored?.version == version else { return replica.restored(false, at: now) }
            stored = StoredRoom(version: change.base + 1, state: change.state, history: change.history)
            return replica.restored(true, at: now)
        case .backOff(let most):
            backOffs.append(most)
            return replica.retry(at: now)
        case .reload: return stored.map { replica.reloaded($0, at: now) } ?? []
        case .recheck(_, let isOccupied): rechecks.append(isOccupied)
        case .findLostNodes(let nodes): asked.append(nodes)
        case .announceNode: announcements += 1
        }
        return []
    }

    private mutating func add(_ frame: [UInt8], to connection: String) {
        frames[connection, default: []].append(String(decoding: frame, as: UTF8.self))
    }
}

@Suite("A node's replica of a room")
struct ReplicaTests {
    /// Anna, the owner, and Ben are attached.
    private static func occupied() throws -> ReplicaScene {
        var scene = ReplicaScene()
        try scene.join("anna", user: "usr_owner")
        try #require({ scene.attach("anna") }())
        try scene.join("ben")
        try #require({ scene.attach("ben") }())
        return scene
    }

    @Test("The first command creates the room; events reach attached connections once they are written")
    func events() throws {
        var scene = try Self.occupied()
        #expect(scene.stored?.version == 2)
        #expect(scene.types("anna") == ["welcome", "member.join"] && scene.types("ben") == ["welcome"])
        let reply = try #require(try scene.perform(.chat(member: "mem_ben", text: "hello", commandID: "c")))
        let message = try #require(try reply.get())
        #expect(scene.types("anna").last == "chat.msg" && scene.types("ben").last == "chat.msg")
        // The same command again gives the same message, and no event.
        #expect(try scene.perform(.chat(member: "mem_ben", text: "hello", commandID: "c"))?.get() == message)
        #expect(scene.stored?.version == 3)
        #expect(scene.replica.history?.chatLog.message(of: "c", from: "mem_ben") == message)
        #expect(try scene.perform(.deleteMessage(member: "mem_ben", message: "msg_1_x")) == .failure(.messageNotFound))
    }

    @Test("Commands that wait are written together, and a refused one does not stop the others")
    func batch() throws {
        var scene = try Self.occupied()
        var replica = scene.replica
        for (ticket, member) in ["mem_anna", "mem_x", "mem_ben"].enumerated() {
            try replica.submit(.chat(member: member, text: "hello", commandID: nil), ticket: ticket)
        }
        let actions = replica.startBatch(at: scene.now)
        guard case .commit(let change) = try #require(actions.first), actions.count == 1 else {
            Issue.record("no commit in \(actions)")
            return
        }
        #expect(change.base == 2 && change.events.count == 2 && !change.isStateNew)
        #expect({ replica.startBatch(at: scene.now) }().isEmpty, "one batch at a time")
        var replies: [RoomReplica.Reply] = []
        for case .reply(_, let reply) in replica.committed(.written, at: scene.now) { replies.append(reply) }
        #expect(replies.count == 3 && replies[1] == .failure(.memberNotFound))
        scene.close()
    }

    @Test("A command that refers to the chat sees what earlier commands of its batch did")
    func chatOfBatch() throws {
        var scene = try Self.occupied()
        let first = try #require(
            try scene.perform(.chat(member: "mem_ben", text: "first", commandID: nil))?.get())
        scene.forgetFrames()
        let replies = try scene.performTogether([
            .deleteMessage(member: "mem_ben", message: first), .deleteMessage(member: "mem_anna", message: first),
            .chat(member: "mem_ben", text: "hello", commandID: "c"),
            .chat(member: "mem_ben", text: "hello", commandID: "c"),
            .chat(member: "mem_anna", text: "hello", commandID: "c"),
        ])
        #expect(replies[0] == .success(nil) && replies[1] == .failure(.messageNotFound))
        let second = try #require(try replies[2].get())
        #expect(replies[3] == .success(second), "the same command of the same member")
        #expect(try replies[4].get() != second, "the id is the member's own")
        #expect(scene.types("anna") == ["chat.deleted", "chat.msg", "chat.msg"])
        #expect(
            try scene.performTogether([
                .chat(member: "mem_ben", text: "third", commandID: nil),
                .deleteMessage(member: "mem_anna", message: second),
                .chat(member: "mem_ben", text: "hello", commandID: "c"),
            ]).last == .success(second), "a deleted message is not sent again")
    }

    @Test("A change of another node is adopted, with its events; a gap is loaded")
    func notices() throws {
        var scene = try Self.occupied()
        let delta = try scene.changeElsewhere(.chat(member: "mem_ben", text: "from afar", commandID: nil))
        let missed = try scene.changeElsewhere(.chat(member: "mem_ben", text: "second", commandID: nil))
        scene.receive(.changed(delta))
        #expect(scene.types("anna").last == "chat.msg")
        scene.receive(.changed(delta))
        #expect(scene.types("anna").count { $0 == "chat.msg" } == 1, "a notice that comes twice")
        _ = try scene.changeElsewhere(.chat(member: "mem_ben", text: "third", commandID: nil))
        var last = missed
        last.version += 1
        scene.receive(.changed(last))
        #expect(scene.types("anna").count { $0 == "chat.msg" } == 3, "the lost notice is made up for")
        scene.receive(.ephemeral(Array(#"{"t":"react"}"#.utf8)))
        #expect(scene.types("ben").last == "react")
        scene.receive(.rowChanged)
        #expect(scene.rechecks == [true])
    }

    @Test("A conflict is resolved by loading the room and applying the commands again")
    func conflict() throws {
        var scene = try Self.occupied()
        _ = try scene.changeElsewhere(.chat(member: "mem_ben", text: "first", commandID: nil))
        #expect(try scene.perform(.chat(member: "mem_anna", text: "second", commandID: nil))?.get() != nil)
        #expect(scene.writes.count == 4, "two joins, and two attempts")
        #expect(scene.types("ben") == ["welcome", "chat.msg", "chat.msg"])
    }

    @Test("A batch that always conflicts backs off after the third attempt and is given up")
    func contention() throws {
        var scene = try Self.occupied()
        var replica = scene.replica
        try replica.submit(.chat(member: "mem_anna", text: "x", commandID: nil), ticket: 1)
        var (actions, version, attempts, backOffs) = (replica.startBatch(at: 0), Int64(2), 0, [Int64]())
        var reply: RoomReplica.Reply?
        while let action = actions.last {
            switch action {
            case .commit: (attempts, actions) = (attempts + 1, replica.committed(.conflict, at: 0))
            case .load:
                version += 1
                let stored = try #require(scene.stored)
                actions = replica.loaded(
                    StoredRoom(version: version, state: stored.state, history: stored.history), at: 0)
            case .backOff(let most):
                backOffs.append(most)
                actions = replica.retry(at: 0)
            case .reply(_, let result): (reply, actions) = (result, [])
            default: actions = []
            }
        }
        #expect(attempts == RoomReplica.attempts && reply == .failure(.unavailable))
        #expect(backOffs.first == 4 && backOffs.last == 46)
        scene.close()
    }

    @Test("A lost or rewound store is filled from the copy under a new epoch, and connections are sent a snapshot")
    func restored() throws {
        var scene = try Self.occupied()
        scene.stored = nil
        try scene.perform(.chat(member: "mem_anna", text: "after", commandID: nil))
        #expect(scene.stored?.state.epoch == "e2" && scene.stored?.state.members.count == 2)
        #expect(scene.types("ben").last == "resync")
        var rewound = try Self.occupied()
        let old = try #require(rewound.stored)
        try rewound.perform(.chat(member: "mem_anna", text: "lost", commandID: nil))
        rewound.stored = old
        try rewound.perform(.chat(member: "mem_anna", text: "later", commandID: nil))
        #expect(rewound.stored?.history.chat().count == 2)
    }

    @Test("A member who resumes is sent what is missing; one who lost track, a snapshot")
    func resume() throws {
        var scene = try Self.occupied()
        let epoch = try #require(scene.stored?.state.epoch)
        scene.detach("ben")
        try scene.perform(.chat(member: "mem_anna", text: "meanwhile", commandID: nil))
        #expect(scene.types("ben") == ["welcome"])
        #expect({ scene.attach("ben", resume: Resumption(memberId: "mem_ben", secret: "", epoch: epoch, seq: 2)) }())
        let welcome = try #require(scene.frames["con_ben"]?.last)
        #expect(welcome.contains("meanwhile") && welcome.contains(#""missed""#) && !welcome.contains(#""snapshot""#))
        #expect(!{ scene.attach("stranger") }())
    }

    @Test(
        "A removed member's connection is ended as kicked, a replaced one as replaced, one that was away too long as going away"
    )
    func ends() throws {
        var scene = try Self.occupied()
        try scene.join("cleo")
        try #require({ scene.attach("cleo") }())
        try scene.perform(.kick(member: "mem_anna", target: "mem_ben", banMinutes: 0, reason: nil))
        try scene.perform(.resume(member: "mem_cleo", Attachment(node: "n2", connection: "other")))
        try scene.perform(.leave(member: "mem_anna"))
        #expect(scene.ended == ["con_ben": .kicked, "con_cleo": .replaced, "con_anna": .goingAway])
    }

    @Test("A deadline that cannot be written is tried again after 200, 400 and 800 milliseconds")
    func failingStore() throws {
        var scene = try Self.occupied()
        try scene.perform(.setRole(member: "mem_anna", target: "mem_ben", .host))
        scene.detach("ben")
        try scene.perform(.lost(member: "mem_ben", connection: "con_ben"))
        scene.pass(RoomLimits.away - 1)
        let (begin, written) = (scene.now + 1, scene.writes.count)
        scene.isFailing = true
        scene.pass(1_500)
        #expect(scene.writes.dropFirst(written).map { $0 - begin } == [0, 200, 600, 1_400])
        scene.isFailing = false
        scene.pass(1_600)
        #expect(scene.stored?.state.members["mem_ben"] == nil)
    }

    @Test("Every five seconds members are sent the position and connections are compared; every minute the row is read")
    func timetable() throws {
        var scene = try Self.occupied()
        scene.pass(60_000)
        #expect(scene.types("anna").count { $0 == "sync" } == 12)
        #expect(scene.rechecks == [true] && scene.asked.isEmpty, "no other nodes")
        #expect(!scene.replica.isAbandoned(at: scene.now))
        scene.detach("anna")
        scene.detach("ben")
        #expect(!scene.replica.isAbandoned(at: scene.now + RoomInterval.linger))
        #expect(scene.replica.isAbandoned(at: scene.now + RoomInterval.linger + 1))
        scene.pass(5_000)
        #expect(scene.stored?.state.presentCount == 0, "members without connections are found")
    }

    @Test("A node counts as lost only at the second look, and not while the store knows no node")
    func lostNodes() throws {
        var scene = try Self.occupied()
        try scene.join("far", node: "n2")
        scene.pass(5_000)
        #expect(scene.asked == [["n1", "n2"]])
        scene.foundLostNodes(["n1", "n2"])
        #expect(scene.announcements == 1)
        scene.foundLostNodes(["n2"])
        #expect(scene.stored?.state.presentCount == 3)
        scene.foundLostNodes(["n2"])
        #expect(scene.stored?.state.members["mem_far"]?.isHere == false)
        // Others may have taken this node for lost.
        try scene.perform(.nodesLost(["n1"]))
        #expect(scene.stored?.state.presentCount == 0)
        scene.foundLostNodes([])
        #expect(scene.stored?.state.presentCount == 2 && scene.announcements == 2)
    }

    @Test("Changed settings are written, a closed replica refuses commands, and a snapshot is encoded once a version")
    func closing() throws {
        var scene = try Self.occupied()
        scene.rechecked(RoomSettings(name: "Other", ownerID: "usr_owner"))
        #expect(scene.stored?.state.settings.name == "Other" && scene.types("anna").last == "room")
        let (first, second) = ({ scene.snapshot() }(), { scene.snapshot() }())
        #expect(first?.text == second?.text && first?.version == scene.stored?.version)
        try #require(scene.replica.state != nil)
        scene.close()
        #expect(throws: RoomFault.unavailable) { try scene.perform(.tick) }
    }

    @Test("A closed replica attaches no connection, and does not write a room again that was removed from the store")
    func closed() throws {
        var scene = try Self.occupied()
        try scene.join("cleo")
        var replica = scene.replica
        try replica.submit(.chat(member: "mem_ben", text: "too late", commandID: nil), ticket: 1)
        guard case .commit = try #require({ replica.startBatch(at: scene.now) }().first) else {
            Issue.record("no commit")
            return
        }
        _ = replica.close()
        let actions = replica.committed(.missing, at: scene.now)
        guard case .reply(ticket: 1, .failure(.unavailable)) = try #require(actions.first), actions.count == 1 else {
            Issue.record("the removed room is written again: \(actions)")
            return
        }
        scene.close()
        #expect(!{ scene.attach("cleo") }(), "the connection would stay in a room that answers nothing")
    }

    @Test("States that other versions wrote are read, and the names of their fields stay")
    func encoding() throws {
        var scene = try Self.occupied()
        try scene.join("cleo")
        try scene.perform(.setRole(member: "mem_anna", target: "mem_ben", .cohost))
        try scene.perform(.kick(member: "mem_anna", target: "mem_ben", banMinutes: 5, reason: nil))
        try scene.perform(.leave(member: "mem_anna"))
        var state = try #require(scene.stored?.state)
        state.stalls = [5]
        let text = String(decoding: try JSONText.encode(state), as: UTF8.self)
        let keys = [
            "id", "epoch", "sequence", "settings", "playback", "members", "stalls", "hostAbsentSince", "kept", "gone",
        ]
        for key in keys { #expect(text.contains("\"\(key)\":"), "\(key)") }
        #expect(Set(keys).isSubset(of: RoomState.CodingKeys.allCases.map(\.rawValue)))
        #expect(try JSONText.decode(RoomState.self, Array(text.utf8)) == state)
        // As the first version wrote it.
        let old = #"""
            {"epoch":"e","id":"room_1","members":{"mem_a":{"connection":"c","id":"mem_a","isExempt":false,"isReady":true,
            "joinedAt":5,"name":"a","node":"n1","role":"host","roundTrip":7,"secretDigest":"d","stalls":[]}},
            "playback":{"anchor":{"at":1,"position":2,"rate":1},"loadRevision":1,"phase":"paused","reason":"load","revision":1,
            "video":{"duration":10,"id":"vid_1","title":"t"}},"sequence":4,
            "settings":{"mode":"everyone","name":"Film","ownerID":"u","slowModeSeconds":0,"visibility":"public"}}
            """#
        let read = try JSONText.decode(RoomState.self, Array(old.utf8))
        #expect(read.members["mem_a"]?.isReady == true && read.sanctions == Sanctions() && read.sequence == 4)
    }

    @Test("Every stored property of a room's state has a coding key")
    func codingKeys() throws {
        let state = try #require(try Self.occupied().stored?.state)
        let properties = Mirror(reflecting: state).children.compactMap(\.label)
        let keys = RoomState.CodingKeys.allCases.map(\.rawValue)
        // The compiler refuses a key without a property, so equal numbers mean that no property lacks one.
        #expect(properties.count == keys.count, "without a key of the same name: \(Set(properties).subtracting(keys))")
    }
}
