import Catalog
import Testing

@testable import Rooms

@Suite("The places of a room")
struct PlacesTests {
    @Test("Some places are reserved for accounts, some for the owner; the owner can always join")
    func reserved() throws {
        var scene = Scene()
        let guests = RoomLimits.members - RoomLimits.accountPlaces - RoomLimits.ownerPlaces
        for number in 0..<guests { try scene.join("g\(number)") }
        #expect(throws: RoomFault.full) { try scene.join("guest") }
        let accounts = RoomLimits.accountPlaces - RoomLimits.moderatorPlaces
        for number in 0..<accounts { try scene.join("a\(number)", user: "usr_\(number)") }
        #expect(throws: RoomFault.full) { try scene.join("account", user: "usr_x") }
        // A cohost who went makes room for one more, and comes back all the same.
        try scene.join("host", user: "usr_owner")
        try scene.apply(.setRole(member: "mem_host", target: "mem_a0", .cohost))
        try scene.apply(.leave(member: "mem_host"))
        try scene.apply(.leave(member: "mem_a0"))
        try scene.join("more", user: "usr_more")
        for number in 0..<RoomLimits.moderatorPlaces { try scene.join("back\(number)", user: "usr_0") }
        #expect(throws: RoomFault.full) { try scene.join("back", user: "usr_0") }
        for number in 0..<RoomLimits.ownerPlaces { try scene.join("o\(number)", user: "usr_owner") }
        #expect(try scene.member("o0").role == .host)
        #expect(throws: RoomFault.full) { try scene.join("more", user: "usr_owner") }
        #expect(scene.state.members.count == RoomLimits.members)
    }

    @Test(
        "An address has so many guests in a room, and half as many more members in all; others come in all the same")
    func address() throws {
        var scene = Scene()
        for number in 0..<3 { try scene.join("g\(number)", address: "one", limit: 3) }
        let before = scene.state
        #expect(throws: RoomFault.tooManyOfAddress) { try scene.join("more", address: "one", limit: 3) }
        #expect(scene.state == before)
        try scene.join("elsewhere", address: "two", limit: 3)
        try scene.join("ben", user: "usr_ben", address: "one", limit: 3)
        #expect(throws: RoomFault.tooManyOfAddress) {
            try scene.join("cleo", user: "usr_cleo", address: "one", limit: 3)
        }
        try scene.join("cleo", user: "usr_cleo", address: "two", limit: 3)
        try scene.join("anna", user: "usr_owner", address: "one", limit: 3)
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .cohost))
        try scene.apply(.leave(member: "mem_ben"))
        try scene.apply(.leave(member: "mem_anna"))
        try scene.join("dora", user: "usr_dora", address: "one", limit: 3)
        try scene.join("ben", user: "usr_ben", address: "one", limit: 3)
        try scene.apply(.leave(member: "mem_ben"))
        try scene.apply(.leave(member: "mem_g0"))
        try scene.join("more", address: "one", limit: 3)
    }

    @Test("An account has at most ten members in a room, and one that is away makes way for a new one")
    func account() throws {
        var scene = Scene()
        for number in 0..<RoomLimits.membersPerAccount { try scene.join("a\(number)", user: "usr_a") }
        #expect(throws: RoomFault.tooManyOfAccount) { try scene.join("more", user: "usr_a") }
        try scene.apply(.lost(member: "mem_a3", connection: "con_a3"))
        try scene.join("more", user: "usr_a")
        #expect(scene.state.members["mem_a3"] == nil)
        #expect(scene.state.members.count == RoomLimits.membersPerAccount)
    }

    @Test("The joins, guests and misses of one address are limited, and the number of remembered addresses is bounded")
    func addressLimits() {
        let limits = AddressLimits(guestsInRoom: 2)
        var places = (0..<8).map { _ in limits.enter("a") }
        #expect(places.allSatisfy { $0 != nil })
        #expect(limits.enter("a") == nil && limits.enter("b") != nil)
        places.removeLast()
        places.append(limits.enter("a"))
        #expect(places.last != nil && limits.enter("a") == nil)
        for _ in 0..<4 { #expect(limits.waitToJoin("a", at: 0) == nil) }
        #expect(limits.waitToJoin("a", at: 0) == 500)
        #expect(limits.waitToJoin("b", at: 0) == nil)
        for _ in 0..<20 { #expect(limits.countMiss("a", at: 0) == nil) }
        #expect(limits.countMiss("a", at: 0) == 1000)
        #expect(limits.countMiss("a", at: 1000) == nil)
        let unlimited = AddressLimits(guestsInRoom: 0)
        for _ in 0..<1000 {
            places.append(unlimited.enter("a"))
            #expect(places.last != nil && unlimited.waitToJoin("a", at: 0) == nil)
        }
        // Who has used up theirs is not forgotten for others' sake.
        var buckets = KeyedBuckets(burst: 20, perSecond: 1)
        for _ in 0..<20 { #expect(buckets.take("a", at: 0) == nil) }
        for number in 0..<20_000 { _ = buckets.take("\(number)", at: 0) }
        #expect(buckets.count <= KeyedBuckets.limit && buckets.take("a", at: 0) == 1000)
        // Once it is full again, it may go.
        for number in 0..<20_000 { _ = buckets.take("\(number)", at: 60_000) }
        #expect(buckets.take("a", at: 60_000) == nil)
    }
}

@Suite("Bans")
struct BanTests {
    /// The owner, an account that is host meanwhile, a cohost with an account, and guests.
    private static func scene() throws -> Scene {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("cohost", user: "usr_co")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_cohost", .cohost))
        try scene.join("ben", address: "one", key: "ben's")
        return scene
    }

    @Test("A guest's ban covers the guest's key at any address, and the address with any key")
    func guest() throws {
        var scene = try Self.scene()
        try scene.apply(.kick(member: "mem_anna", target: "mem_ben", banMinutes: 5, reason: nil))
        #expect(throws: RoomFault.banned) { try scene.join("x", address: "one", key: "ben's") }
        #expect(throws: RoomFault.banned) { try scene.join("x", address: "two", key: "ben's") }
        #expect(throws: RoomFault.addressBanned) { try scene.join("x", address: "one", key: "new") }
        try scene.join("account", user: "usr_ben", address: "one")
        try scene.join("other", address: "two", key: "other's")
        try scene.pass(5 * 60_000)
        try scene.join("ben2", address: "one", key: "ben's")
    }

    @Test("A ban removes all guests of the address except those with a role, and all connections of an account")
    func crowd() throws {
        var scene = try Self.scene()
        for number in 0..<20 { try scene.join("g\(number)", address: "one") }
        try scene.apply(.setRole(member: "mem_anna", target: "mem_g7", .cohost))
        try scene.join("mine", user: "usr_x", address: "one")
        try scene.join("mine2", user: "usr_x", address: "three")
        try scene.apply(.kick(member: "mem_anna", target: "mem_ben", banMinutes: 5, reason: "noise"))
        #expect(Set(scene.state.members.keys) == ["mem_anna", "mem_cohost", "mem_g7", "mem_mine", "mem_mine2"])
        #expect(scene.events.last == .left(member: "mem_g9", .kicked, explanation: "noise") || scene.events.count > 20)
        try scene.apply(.kick(member: "mem_anna", target: "mem_mine", banMinutes: 5, reason: nil))
        #expect(scene.state.members["mem_mine2"] == nil)
        // A removal alone is of one.
        try scene.join("y", user: "usr_y")
        try scene.join("y2", user: "usr_y")
        try scene.apply(.kick(member: "mem_anna", target: "mem_y", banMinutes: 0, reason: nil))
        #expect(scene.state.members["mem_y2"] != nil && scene.state.sanctions.bans.count == 2)
    }

    @Test("A ban does not remove the host whom the owner appointed, and only the banned person is told its reason")
    func bystanders() throws {
        var scene = try Self.scene()
        try scene.join("cy", address: "one", key: "cy's")
        try scene.join("cy2", address: "two", key: "cy's")
        try scene.join("by", address: "one", key: "by's")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .host))
        try scene.apply(.kick(member: "mem_anna", target: "mem_cy", banMinutes: 5, reason: "rude"))
        #expect(try scene.member("ben").role == .host)
        #expect(scene.state.members["mem_by"] == nil && scene.state.members["mem_cy2"] == nil)
        #expect(scene.events.contains(.left(member: "mem_cy", .kicked, explanation: "rude")))
        #expect(scene.events.contains(.left(member: "mem_cy2", .kicked, explanation: "rude")))
        #expect(scene.events.contains(.left(member: "mem_by", .kicked, explanation: nil)))
    }

    @Test("Only the owner and a host with an account may ban, list bans and lift them")
    func rights() throws {
        var scene = try Self.scene()
        try scene.join("victim", user: "usr_victim")
        #expect(throws: RoomFault.notAllowed) {
            try scene.apply(.kick(member: "mem_cohost", target: "mem_victim", banMinutes: 1, reason: nil))
        }
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .host))
        #expect(throws: RoomFault.notAllowed) {
            try scene.apply(.kick(member: "mem_ben", target: "mem_victim", banMinutes: 1, reason: nil))
        }
        #expect(scene.state.members["mem_victim"] != nil)
        try scene.apply(.setRole(member: "mem_ben", target: "mem_cohost", .host))
        try scene.apply(.leave(member: "mem_anna"))
        try scene.apply(.kick(member: "mem_cohost", target: "mem_victim", banMinutes: 1, reason: nil))
        for user in ["usr_victim", nil, "usr_other"] {
            #expect(throws: RoomFault.notAllowed) { try scene.room.bans(for: user, at: scene.now) }
            #expect(throws: RoomFault.notAllowed) { try scene.apply(.liftBan(member: "mem_victim", user: user)) }
        }
        for user in ["usr_co", "usr_owner"] {
            let bans = try scene.room.bans(for: user, at: scene.now)
            #expect(bans.map(\.member) == ["mem_victim"] && bans[0].by == "cohost" && bans[0].userID == "usr_victim")
        }
        #expect(throws: RoomFault.banNotFound) { try scene.apply(.liftBan(member: "mem_x", user: "usr_owner")) }
        #expect(throws: RoomFault.banned) { try scene.join("again", user: "usr_victim") }
        let sequence = scene.state.sequence
        try scene.apply(.liftBan(member: "mem_victim", user: "usr_owner"))
        #expect(scene.state.sequence == sequence, "nobody else is told")
        try scene.join("again", user: "usr_victim")
        #expect(throws: RoomFault.banNotFound) { try scene.apply(.liftBan(member: "mem_victim", user: "usr_owner")) }
    }

    @Test("Expired bans are not listed, and the number of bans is bounded")
    func bounds() throws {
        var scene = try Self.scene()
        for number in 0..<(RoomLimits.bans + 5) {
            try scene.join("g\(number)")
            try scene.apply(
                .kick(member: "mem_anna", target: "mem_g\(number)", banMinutes: 1 + number % 9, reason: nil))
        }
        #expect(scene.state.sanctions.bans.count == RoomLimits.bans)
        #expect(try scene.room.bans(for: "usr_owner", at: scene.now + 5 * 60_000).allSatisfy { $0.until > scene.now })
        #expect(try scene.room.bans(for: "usr_owner", at: scene.now + 10 * 60_000).isEmpty)
    }
}

@Suite("The names of guests")
struct NameTests {
    @Test(
        "A name that looks like a present member's or an account's is marked",
        arguments: ["anna", "ANNA", "аnna", "an\u{200D}na"])
    func marked(name: String) throws {
        var scene = Scene()
        try scene.join("owner", user: "usr_owner", shown: "anna")
        try scene.join("one", shown: name)
        #expect(try scene.member("one").name == name + " (guest)")
        try scene.join("two", shown: "anna")
        #expect(try scene.member("two").name == "anna (guest 2)")
        try scene.join("three", shown: "Ben", isNameTaken: true)
        #expect(try scene.member("three").name == "Ben (guest)")
        try scene.join("four", shown: String(repeating: "x", count: 40), isNameTaken: true)
        #expect(try scene.member("four").name == String(repeating: "x", count: 32) + " (guest)")
        try scene.join("five", shown: "Cleo")
        #expect(try scene.member("five").name == "Cleo")
    }

    @Test("An account that joins takes its name back from guests, and members are told")
    func takenBack() throws {
        var scene = Scene()
        try scene.join("guest", shown: "Ben")
        scene.forgetEvents()
        try scene.join("ben", user: "usr_ben", shown: "ben")
        #expect(try scene.member("ben").name == "ben")
        #expect(try scene.member("guest").name == "Ben (guest)")
        #expect(scene.events.contains(.updated(try scene.member("guest"))))
    }

    @Test("A guest who lost the connection and joins again keeps the name")
    func reload() throws {
        var scene = Scene()
        try scene.join("one", key: "k", shown: "Ben")
        try scene.apply(.lost(member: "mem_one", connection: "con_one"))
        try scene.join("two", key: "k", shown: "Ben")
        #expect(try scene.member("two").name == "Ben")
        try scene.join("three", key: "other", shown: "Ben")
        #expect(try scene.member("three").name == "Ben (guest)")
    }

    @Test("Three hundred guests with the same name get three hundred names")
    func crowd() throws {
        var scene = Scene()
        for number in 0..<300 { try scene.join("g\(number)", shown: "Ben") }
        #expect(Set(scene.state.members.values.map(\.skeleton)).count == 300)
        #expect(try scene.member("g299").name == "Ben (guest 299)")
    }
}

@Suite("Rooms of three hundred")
struct CrowdTests {
    /// Three hundred on two nodes; what each connection of the first has not taken yet.
    private static func full() throws -> Scene {
        var scene = Scene()
        for number in 0..<300 { try scene.join("m\(number)", node: number < 150 ? "n1" : "n2") }
        scene.forgetEvents()
        return scene
    }

    private static func frames(_ scene: Scene) throws -> [StoredEvent] {
        let first = scene.state.sequence - Int64(scene.events.count) + 1
        return try scene.events.enumerated().map { place, event in
            try StoredEvent(sequence: first + Int64(place), event, room: "room_1", at: scene.now)
        }
    }

    @Test("The loss of a node does not overflow the queues of the other members' connections")
    func deadNode() throws {
        var scene = try Self.full()
        var queue = OutgoingQueue()
        try scene.apply(.nodesLost(["n2"]))
        #expect(scene.events.count == 150)
        for number in 150..<300 {
            try scene.apply(.resume(member: "mem_m\(number)", Attachment(node: "n1", connection: "again_\(number)")))
        }
        for number in 0..<300 { try scene.apply(.ready(member: "mem_m\(number)", revision: 1, roundTrip: 20)) }
        #expect(scene.events.count == 300, "who is ready makes no events")
        for event in try Self.frames(scene) { #expect({ queue.push(event.text, .ordered(event.sequence)) }()) }
        #expect(queue.firstLost == nil && queue.count == 300)
    }

    @Test("Events beyond the limit of a queue are replaced by a snapshot with all chat messages")
    func behind() throws {
        var scene = try Self.full()
        var (queue, history) = (OutgoingQueue(), EventHistory())
        // Two hundred long messages, which snapshots for new members do not have.
        for number in 0..<200 {
            try scene.apply(
                .chat(member: "mem_m\(number)", text: String(repeating: "😀", count: 490), commandID: "\(number)"))
        }
        #expect({ queue.push([1], .required) }())
        var sent: [[UInt8]] = []
        for event in try Self.frames(scene) {
            history.append(event)
            #expect({ queue.push(event.text, .ordered(event.sequence)) }())
            sent.append(event.text)
        }
        let first = try #require(queue.firstLost)
        #expect(first == scene.state.sequence - 199, "all of them, as the client has none")
        #expect({ queue.pop() }() == [1])
        #expect({ queue.pop() }() == nil)
        let room = StoredRoom(version: 1, state: scene.state, history: history)
        let snapshot = try Snapshot(room, after: first - 1)
        #expect({ queue.push(snapshot.text, .snapshot) }())
        let text = String(decoding: try #require({ queue.pop() }()), as: UTF8.self)
        #expect(text.components(of: #""t":"chat.msg""#) == 200)
        #expect(text.components(of: #""away":"#) == 300)
        #expect(String(decoding: try Snapshot(room).text, as: UTF8.self).components(of: #""t":"chat.msg""#) == 50)
        #expect({ queue.push([2], .ordered(scene.state.sequence + 1)) }())
        #expect(queue.firstLost == nil && queue.count == 1)
    }

    @Test("A bounded number of awaited members is named, and a new frame is sent only when the names change")
    func pending() throws {
        var scene = try Self.full()
        try scene.control(.play, by: "m0")
        func document() -> WaitDocument {
            WaitDocument(revision: scene.playback.revision, deadline: 1, pending: scene.state.pending)
        }
        var (last, told): (WaitDocument?, Int) = (nil, 0)
        for (number, member) in scene.state.queue.enumerated().reversed() {
            let now = document()
            #expect(now.pending.count == min(RoomLimits.namedPending, number + 1))
            #expect(now.pendingCount == (number + 1 > RoomLimits.namedPending ? number + 1 : nil))
            if now.isNewer(than: last) { (last, told) = (now, told + 1) }
            try scene.apply(.ready(member: member.id, revision: scene.playback.revision, roundTrip: 20))
        }
        #expect(told <= RoomLimits.namedPending)
        #expect(scene.playback.phase == .playing)
    }

    @Test("A room stops for a bounded number of stalls in a while, whichever members have them")
    func stalls() throws {
        var scene = try PlaybackTests.playing()
        var waits = 0
        for number in 0..<30 {
            // A guest who comes in anew each time, so as to begin to count anew.
            try scene.join("s\(number)")
            try scene.ready("s\(number)")
            scene.now = max(scene.now, scene.playback.anchor.at) + 100
            try scene.apply(.buffering(member: "mem_s\(number)", true, position: scene.position))
            try scene.pass(600)
            if scene.playback.phase == .waiting { waits += 1 }
            try scene.apply(.leave(member: "mem_s\(number)"))
            try scene.ready("anna", "ben")
            try scene.pass(2_000)
            #expect(scene.playback.phase == .playing)
        }
        #expect(waits == RoomLimits.stallsOfRoom)
        try scene.pass(RoomLimits.stallWindow)
        try scene.apply(.buffering(member: "mem_ben", true, position: scene.position))
        try scene.pass(600)
        #expect(scene.playback.phase == .waiting)
    }
}

extension String {
    /// How often a text is in it.
    fileprivate func components(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
