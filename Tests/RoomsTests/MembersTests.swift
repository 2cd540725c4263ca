import Testing

@testable import Rooms

@Suite("Who is in a room")
struct MembersTests {
    @Test("The owner is host whenever present, and whoever was host meanwhile is a member again")
    func owner() throws {
        var scene = Scene()
        try scene.join("ben")
        try scene.pass(30_000)
        #expect(try scene.member("ben").role == .host)
        try scene.join("anna", user: "usr_owner")
        #expect(try scene.member("anna").role == .host)
        #expect(try scene.member("ben").role == .member)
        #expect(scene.state.members.values.count { $0.role == .host } == 1)
    }

    @Test("A room without a host gets the oldest cohost after a while, else the oldest member")
    func succession() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        scene.now += 1
        try scene.join("ben")
        scene.now += 1
        try scene.join("cleo")
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

    @Test("Whoever becomes host is announced as such, once")
    func announcements() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        #expect(scene.events == [.joined(try scene.member("anna"))])
        #expect(try scene.member("anna").role == .host)
        try scene.join("ben")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .cohost))
        try scene.apply(.leave(member: "mem_anna"))
        scene.forgetEvents()
        try scene.pass(30_000)
        #expect(scene.events == [.updated(try scene.member("ben"))])
        scene.forgetEvents()
        try scene.join("anna", user: "usr_owner")
        #expect(scene.events == [.updated(try scene.member("ben")), .joined(try scene.member("anna"))])
    }

    @Test("A host who comes back in time stays host")
    func backInTime() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        try scene.apply(.lost(member: "mem_anna", connection: "con_anna"))
        try scene.pass(20_000)
        try scene.apply(.resume(member: "mem_anna", Seat(node: "n2", connection: "con_new")))
        try scene.pass(60_000)
        #expect(try scene.member("anna").role == .host)
        #expect(try scene.member("anna").node == "n2")
    }

    @Test("A place is kept for thirty seconds; what an old connection says of itself does not count")
    func away() throws {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.apply(.resume(member: "mem_ben", Seat(node: "n1", connection: "con_second")))
        try scene.apply(.lost(member: "mem_ben", connection: "con_ben"))
        #expect(try scene.member("ben").isHere)
        try scene.apply(.lost(member: "mem_ben", connection: "con_second"))
        #expect(try !scene.member("ben").isHere)
        try scene.pass(29_999)
        #expect(scene.state.members["mem_ben"] != nil)
        scene.forgetEvents()
        try scene.pass(1)
        #expect(scene.state.members["mem_ben"] == nil)
        #expect(scene.events.first == .left(member: "mem_ben", .gone, words: nil))
        #expect(throws: RoomFault.memberNotFound) {
            try scene.apply(.resume(member: "mem_ben", Seat(node: "n1", connection: "x")))
        }
    }

    @Test("A node that dies takes its members' connections along, nobody else's")
    func deadNode() throws {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.apply(.resume(member: "mem_ben", Seat(node: "n2", connection: "con_ben")))
        try scene.apply(.nodesLost(["n2"]))
        #expect(try scene.member("anna").isHere)
        #expect(try !scene.member("ben").isHere)
    }

    @Test("When the last one goes the room stays where it is")
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

    @Test("Who is shown out may not come in again until the time is over")
    func ban() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben", user: "usr_ben")
        try scene.apply(.kick(member: "mem_anna", target: "mem_ben", banMinutes: 5, reason: nil))
        #expect(scene.events.last == .left(member: "mem_ben", .kicked, words: nil))
        #expect(throws: RoomFault.banned) { try scene.join("ben", user: "usr_ben") }
        try scene.pass(5 * 60_000)
        try scene.join("ben", user: "usr_ben")
        #expect(scene.state.bans.isEmpty)
    }

    @Test("Nobody acts on the owner, on themselves, or on who is as high as they")
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

    @Test("A host hands the room over and stays cohost")
    func handOver() throws {
        var scene = Scene()
        try scene.join("ben")
        try scene.pass(30_000)
        try scene.join("cleo")
        try scene.apply(.setRole(member: "mem_ben", target: "mem_cleo", .host))
        #expect(try scene.member("cleo").role == .host)
        #expect(try scene.member("ben").role == .cohost)
    }

    @Test("A full room lets nobody in")
    func full() throws {
        var scene = Scene()
        for number in 0..<RoomLimits.members { try scene.join("m\(number)") }
        #expect(throws: RoomFault.full) { try scene.join("more") }
    }

    @Test("Each event has the next number, and a refused command has none")
    func numbers() throws {
        var room = Scene().room
        var seen: [Int64] = []
        for name in ["a", "b", "c"] {
            try room.apply(
                .join(
                    Newcomer(
                        id: "mem_" + name, name: name, userID: nil, secretDigest: "", banSubject: name,
                        seat: Seat(node: "n", connection: name), roundTrip: 0)), at: 5)
            #expect(throws: RoomFault.memberNotFound) {
                try room.apply(.setRole(member: "x", target: "y", .host), at: 5)
            }
            seen += room.takeEvents().map(\.sequence)
        }
        #expect(seen == Array(1...Int64(seen.count)))
        #expect(room.state.sequence == Int64(seen.count))
    }
}

@Suite("The chat of a room")
struct ChatTests {
    @Test("A message says who, what, and where in the video")
    func message() throws {
        var scene = try PlaybackTests.playing()
        scene.now = scene.playback.anchor.at + 4_000
        scene.forgetEvents()
        let id = try scene.apply(.chat(member: "mem_ben", text: " hello\nworld \u{202E}x ", commandID: "c1"))
        guard case .said(let message) = try #require(scene.events.first) else {
            Issue.record("no message")
            return
        }
        #expect(message.id == id)
        #expect(message.text == "hello world x")
        #expect(message.position == 4_000)
        #expect(message.commandID == "c1")
    }

    @Test("Texts that say nothing or too much are refused")
    func lengths() throws {
        var scene = try PlaybackTests.playing()
        for text in ["", "   ", "\u{200B}\u{200B}", "\n\t"] {
            #expect(throws: RoomFault.empty) { try scene.apply(.chat(member: "mem_ben", text: text, commandID: nil)) }
        }
        try scene.apply(.chat(member: "mem_ben", text: String(repeating: "é", count: 500), commandID: nil))
        #expect(throws: RoomFault.tooLong) {
            try scene.apply(.chat(member: "mem_ben", text: String(repeating: "é", count: 501), commandID: nil))
        }
    }

    @Test("A mute ends by itself")
    func mute() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        try scene.apply(.mute(member: "mem_anna", target: "mem_ben", seconds: 10))
        try scene.pass(9_999)
        #expect(throws: RoomFault.muted) { try scene.apply(.chat(member: "mem_ben", text: "a", commandID: nil)) }
        try scene.pass(1)
        try scene.apply(.chat(member: "mem_ben", text: "a", commandID: nil))
        #expect(try scene.member("ben").mutedUntil == nil)
    }

    @Test("Slow mode asks for time between messages, of members only")
    func slowMode() throws {
        var scene = Scene(slowMode: 10)
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        for name in ["anna", "ben"] { try scene.apply(.chat(member: "mem_" + name, text: "1", commandID: nil)) }
        try scene.apply(.chat(member: "mem_anna", text: "2", commandID: nil))
        #expect(throws: RoomFault.slowMode) { try scene.apply(.chat(member: "mem_ben", text: "2", commandID: nil)) }
        scene.now += 10_000
        try scene.apply(.chat(member: "mem_ben", text: "2", commandID: nil))
    }

    @Test("Authors and moderators take messages away, nobody else does")
    func delete() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        try scene.join("cleo")
        let first = try #require(try scene.apply(.chat(member: "mem_ben", text: "1", commandID: nil)))
        let second = try #require(try scene.apply(.chat(member: "mem_ben", text: "2", commandID: nil)))
        #expect(throws: RoomFault.notAllowed) { try scene.apply(.deleteMessage(member: "mem_cleo", message: first)) }
        try scene.apply(.deleteMessage(member: "mem_ben", message: first))
        try scene.apply(.deleteMessage(member: "mem_anna", message: second))
        for id in ["msg_0_mem_ben", "msg_999_mem_ben", "msg_-1_mem_ben", "msg_x_mem_ben", "", "msg_1"] {
            #expect(throws: RoomFault.messageNotFound) {
                try scene.apply(.deleteMessage(member: "mem_anna", message: id))
            }
        }
    }
}
