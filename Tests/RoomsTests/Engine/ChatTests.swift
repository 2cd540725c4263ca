import Testing

@testable import Rooms

@Suite("The chat of a room")
struct ChatTests {
    @Test("A message contains its author, its text and the position in the video")
    func message() throws {
        var scene = try PlaybackTests.playing()
        scene.now = scene.playback.anchor.at + 4_000
        scene.forgetEvents()
        let id = try scene.apply(.chat(member: "mem_ben", text: " hello\nworld \u{202E}x ", commandID: "c1"))
        guard case .messageSent(let message) = try #require(scene.events.first) else {
            Issue.record("no message")
            return
        }
        #expect(message.id == id)
        #expect(message.text == "hello world x")
        #expect(message.position == 4_000)
        #expect(message.commandID == "c1")
    }

    @Test("Empty and overlong texts are refused")
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

    @Test("Messages tell whether their author has an account")
    func guests() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        scene.forgetEvents()
        for name in ["anna", "ben"] { try scene.apply(.chat(member: "mem_" + name, text: "1", commandID: nil)) }
        let marks = scene.events.map { event in
            if case .messageSent(let message) = event { message.isGuest } else { false }
        }
        #expect(marks == [false, true])
    }

    @Test("The number of combining marks is bounded, and line breaks are removed")
    func marks() throws {
        let tower = "e" + String(repeating: "\u{301}", count: 200)
        #expect(try Room.clean(tower, limit: 500).unicodeScalars.count == 1 + RoomLimits.marksOfLetter)
        #expect(try Room.clean("a\u{2028}b\u{2029}c", limit: 500) == "a b c")
        #expect(throws: RoomFault.empty) { try Room.clean("\u{2800}\u{2800}", limit: 500) }
    }

    @Test(
        "A reaction is one emoji",
        arguments: ["👍", "❤️", "👍🏽", "👩‍👩‍👧‍👦", "🇪🇺", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "🏳️‍🌈"])
    func reactions(emoji: String) throws {
        var scene = Scene()
        try scene.join("ben")
        #expect(try scene.room.reaction(emoji, by: "mem_ben", at: scene.now) == emoji)
    }

    @Test(
        "Any other text is none",
        arguments: [
            "a", "BUY", "1", "#", "👍👍", "👍 👍", "👍a", "a👍", "❤", "🇪", "🇪🇺🇺", "👍\u{301}", "é", "漢", "漢\u{E0041}", "©",
        ])
    func noReactions(text: String) throws {
        var scene = Scene()
        try scene.join("ben")
        #expect(throws: RoomFault.notAnEmoji) { try scene.room.reaction(text, by: "mem_ben", at: scene.now) }
        #expect(throws: RoomFault.tooLong) {
            try scene.room.reaction(String(repeating: text, count: 17), by: "mem_ben", at: scene.now)
        }
    }

    @Test("A muted member may not react, nor after joining again")
    func mutedReactions() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben", key: "k")
        try scene.join("tab", key: "k")
        try scene.apply(.mute(member: "mem_anna", target: "mem_ben", seconds: 10))
        for name in ["ben", "tab"] {
            #expect(throws: RoomFault.muted) { try scene.room.reaction("👍", by: "mem_" + name, at: scene.now) }
        }
        try scene.apply(.leave(member: "mem_ben"))
        try scene.join("again", key: "k")
        #expect(throws: RoomFault.muted) { try scene.apply(.chat(member: "mem_again", text: "a", commandID: nil)) }
        try scene.apply(.mute(member: "mem_anna", target: "mem_again", seconds: 0))
        _ = try scene.room.reaction("👍", by: "mem_again", at: scene.now)
        try scene.join("later", key: "k")
        #expect(try scene.member("later").mutedUntil == nil)
        #expect(throws: RoomFault.memberNotFound) { try scene.room.reaction("👍", by: "mem_ben", at: scene.now) }
    }

    @Test("A guest who is muted and joins without the key is muted; other guests who are there, and accounts, are not")
    func mutedWithoutKey() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben", address: "home", key: "k")
        try scene.join("neighbour", address: "home", key: "n")
        try scene.apply(.mute(member: "mem_anna", target: "mem_ben", seconds: 10))
        try scene.join("again", address: "home", key: "other")
        try scene.join("far", address: "elsewhere", key: "far")
        try scene.join("carl", user: "usr_carl", address: "home")
        #expect(throws: RoomFault.muted) { try scene.apply(.chat(member: "mem_again", text: "a", commandID: nil)) }
        for name in ["neighbour", "far", "carl"] { #expect(try scene.member(name).mutedUntil == nil) }
        try scene.apply(.mute(member: "mem_anna", target: "mem_again", seconds: 0))
        try scene.join("later", address: "home", key: "third")
        #expect(try scene.member("later").mutedUntil == nil)
    }

    @Test("In slow mode a guest who joins waits before the first message; an account does not")
    func slowModeForNewGuests() throws {
        var scene = Scene(slowMode: 10)
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben", key: "k")
        try scene.join("carl", user: "usr_carl")
        #expect(throws: RoomFault.slowMode) { try scene.apply(.chat(member: "mem_ben", text: "1", commandID: nil)) }
        try scene.apply(.chat(member: "mem_carl", text: "1", commandID: nil))
        try scene.pass(10_000)
        try scene.apply(.chat(member: "mem_ben", text: "1", commandID: nil))
    }

    @Test("A mute ends after its time")
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

    @Test("Slow mode applies to members without a role")
    func slowMode() throws {
        var scene = Scene(slowMode: 10)
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben", user: "usr_ben")
        for name in ["anna", "ben"] { try scene.apply(.chat(member: "mem_" + name, text: "1", commandID: nil)) }
        try scene.apply(.chat(member: "mem_anna", text: "2", commandID: nil))
        #expect(throws: RoomFault.slowMode) { try scene.apply(.chat(member: "mem_ben", text: "2", commandID: nil)) }
        scene.now += 10_000
        try scene.apply(.chat(member: "mem_ben", text: "2", commandID: nil))
    }

    @Test("Only authors and moderators may delete messages")
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

    @Test("A command that is repeated gives the same message, also when its member was muted meanwhile")
    func repeatedCommand() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        let first = try scene.apply(.chat(member: "mem_ben", text: "1", commandID: "c"))
        try scene.apply(.mute(member: "mem_anna", target: "mem_ben", seconds: 10))
        scene.forgetEvents()
        #expect(try scene.apply(.chat(member: "mem_ben", text: "1", commandID: "c")) == first)
        #expect(scene.events.isEmpty)
        #expect(try scene.apply(.chat(member: "mem_anna", text: "1", commandID: "c")) != first)
    }

    @Test("A message is deleted once, and not after the events that the room remembers")
    func forgotten() throws {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        let messages = try (0..<3).map { number in
            try #require(try scene.apply(.chat(member: "mem_anna", text: "\(number)", commandID: nil)))
        }
        try scene.apply(.deleteMessage(member: "mem_anna", message: messages[2]))
        #expect(throws: RoomFault.messageNotFound) {
            try scene.apply(.deleteMessage(member: "mem_anna", message: messages[2]))
        }
        // The last event that the room remembers is that of the second message.
        for number in 3..<RoomLimits.history {
            try scene.apply(.chat(member: "mem_anna", text: "\(number)", commandID: nil))
        }
        #expect(throws: RoomFault.messageNotFound) {
            try scene.apply(.deleteMessage(member: "mem_anna", message: messages[0]))
        }
        try scene.apply(.deleteMessage(member: "mem_anna", message: messages[1]))
    }
}
