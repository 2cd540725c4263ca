import Testing

@testable import Rooms

@Suite("Members and roles")
struct MembersTests {
    @Test("The owner becomes host on joining, and the host until then becomes a member")
    func owner() throws {
        var scene = Scene()
        try scene.join("ben", user: "usr_ben")
        try scene.pass(30_000)
        #expect(try scene.member("ben").role == .host)
        try scene.join("anna", user: "usr_owner")
        #expect(try scene.member("anna").role == .host)
        #expect(try scene.member("ben").role == .member)
        #expect(scene.state.members.values.count { $0.role == .host } == 1)
    }

    @Test("After a while without a host, the oldest cohost with an account becomes host, else the oldest account")
    func succession() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        scene.now += 1
        try scene.join("ben", user: "usr_ben")
        scene.now += 1
        try scene.join("cleo", user: "usr_cleo")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_cleo", .cohost))
        try scene.apply(.leave(member: "mem_anna"))
        try scene.pass(29_999)
        #expect(scene.state.members.values.allSatisfy { $0.role != .host })
        try scene.pass(1)
        #expect(try scene.member("cleo").role == .host)
        try scene.apply(.leave(member: "mem_cleo"))
        try scene.pass(30_000)
        #expect(try scene.member("ben").role == .host)
    }

    @Test("A guest never becomes host automatically, not even a cohost; an account that joins later does")
    func guestsAreNotPromoted() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("guest")
        try scene.join("cohost")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_cohost", .cohost))
        try scene.apply(.leave(member: "mem_anna"))
        try scene.pass(3_600_000)
        #expect(scene.state.members.values.allSatisfy { $0.role != .host })
        #expect(scene.room.nextDeadline == nil, "nothing is due that nobody can do")
        try scene.join("ben", user: "usr_ben")
        try scene.pass(1)
        #expect(try scene.member("ben").role == .host)
    }

    @Test("A new host is announced once")
    func announcements() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        #expect(scene.events == [.joined(try scene.member("anna"))])
        #expect(try scene.member("anna").role == .host)
        try scene.join("ben", user: "usr_ben")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .cohost))
        try scene.apply(.leave(member: "mem_anna"))
        scene.forgetEvents()
        try scene.pass(30_000)
        #expect(scene.events == [.updated(try scene.member("ben"))])
        scene.forgetEvents()
        try scene.join("anna", user: "usr_owner")
        #expect(scene.events == [.updated(try scene.member("ben")), .joined(try scene.member("anna"))])
    }

    @Test("A host who resumes in time stays host")
    func backInTime() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        try scene.apply(.lost(member: "mem_anna", connection: "con_anna"))
        try scene.pass(20_000)
        try scene.apply(.resume(member: "mem_anna", Attachment(node: "n2", connection: "con_new")))
        try scene.pass(60_000)
        #expect(try scene.member("anna").role == .host)
        #expect(try scene.member("anna").node == "n2")
    }

    @Test("A membership outlasts its connection by thirty seconds; the loss of an older connection is ignored")
    func away() throws {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.apply(.resume(member: "mem_ben", Attachment(node: "n1", connection: "con_second")))
        try scene.apply(.lost(member: "mem_ben", connection: "con_ben"))
        #expect(try scene.member("ben").isHere)
        try scene.apply(.lost(member: "mem_ben", connection: "con_second"))
        #expect(try !scene.member("ben").isHere)
        try scene.pass(29_999)
        #expect(scene.state.members["mem_ben"] != nil)
        scene.forgetEvents()
        try scene.pass(1)
        #expect(scene.state.members["mem_ben"] == nil)
        #expect(scene.events.first == .left(member: "mem_ben", .gone, explanation: nil))
        #expect(throws: RoomFault.memberNotFound) {
            try scene.apply(.resume(member: "mem_ben", Attachment(node: "n1", connection: "x")))
        }
    }

    @Test("The loss of a node marks only its members as away")
    func deadNode() throws {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.apply(.resume(member: "mem_ben", Attachment(node: "n2", connection: "con_ben")))
        try scene.apply(.nodesLost(["n2"]))
        #expect(try scene.member("anna").isHere)
        #expect(try !scene.member("ben").isHere)
    }

    @Test("When the last member leaves, the room pauses at its position")
    func empty() throws {
        var scene = try PlaybackTests.playing()
        scene.now = scene.playback.anchor.at + 7_000
        try scene.apply(.leave(member: "mem_anna"))
        #expect(scene.playback.phase == .playing)
        try scene.apply(.leave(member: "mem_ben"))
        #expect(scene.playback.phase == .paused)
        #expect(scene.position == 7_000)
        #expect(scene.room.nextDeadline == nil)
    }

    @Test("A banned member may not join again until the ban ends")
    func ban() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben", user: "usr_ben")
        try scene.apply(.kick(member: "mem_anna", target: "mem_ben", banMinutes: 5, reason: nil))
        #expect(scene.events.last == .left(member: "mem_ben", .kicked, explanation: nil))
        #expect(throws: RoomFault.banned) { try scene.join("ben", user: "usr_ben") }
        try scene.pass(5 * 60_000)
        try scene.join("ben", user: "usr_ben")
        #expect(scene.state.sanctions.bans.isEmpty)
    }

    @Test("Nobody may act on the owner, on themselves, or on a member of the same role")
    func ranks() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        try scene.join("cleo")
        try scene.join("dora")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .cohost))
        try scene.apply(.setRole(member: "mem_anna", target: "mem_cleo", .cohost))
        for (actor, target) in [("ben", "anna"), ("ben", "cleo"), ("ben", "ben"), ("dora", "ben"), ("dora", "dora")] {
            #expect(throws: RoomFault.notAllowed) {
                try scene.apply(.kick(member: "mem_" + actor, target: "mem_" + target, banMinutes: 0, reason: nil))
            }
            #expect(throws: RoomFault.notAllowed) {
                try scene.apply(.mute(member: "mem_" + actor, target: "mem_" + target, seconds: 10))
            }
        }
        #expect(throws: RoomFault.notAllowed) {
            try scene.apply(.setRole(member: "mem_ben", target: "mem_dora", .cohost))
        }
        try scene.apply(.kick(member: "mem_ben", target: "mem_dora", banMinutes: 0, reason: nil))
        #expect(scene.state.members["mem_dora"] == nil)
    }

    @Test("A host who appoints another one becomes cohost")
    func handOver() throws {
        var scene = Scene()
        try scene.join("ben", user: "usr_ben")
        try scene.pass(30_000)
        try scene.join("cleo")
        try scene.apply(.setRole(member: "mem_ben", target: "mem_cleo", .host))
        #expect(try scene.member("cleo").role == .host)
        #expect(try scene.member("ben").role == .cohost)
    }

    @Test("A host whom the owner appointed stays host until leaving; then the owner is host again")
    func handOverByOwner() throws {
        var scene = Scene()
        for (name, user) in [("anna", "usr_owner"), ("ben", nil), ("cleo", nil)] { try scene.join(name, user: user) }
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .host))
        try scene.apply(.leave(member: "mem_cleo"))
        try scene.apply(.lost(member: "mem_anna", connection: "con_anna"))
        try scene.apply(.resume(member: "mem_anna", Attachment(node: "n1", connection: "con_anna")))
        #expect(try scene.member("ben").role == .host)
        try scene.apply(.leave(member: "mem_ben"))
        #expect(try scene.member("anna").role == .host)
    }

    @Test("Each event has the next sequence number, and a refused command has no event")
    func numbers() throws {
        var room = Scene().room
        var seen: [Int64] = []
        for name in ["a", "b", "c"] {
            try room.apply(
                .join(
                    JoinRequest(
                        id: "mem_" + name, name: name, userID: nil, secretDigest: "", origin: Origin(address: name),
                        attachment: Attachment(node: "n", connection: name), roundTrip: 0)), at: 5)
            #expect(throws: RoomFault.memberNotFound) {
                try room.apply(.setRole(member: "x", target: "y", .host), at: 5)
            }
            seen += room.takeEvents().map(\.sequence)
        }
        #expect(seen == Array(1...Int64(seen.count)))
        #expect(room.state.sequence == Int64(seen.count))
    }
}
