import Foundation
import Testing

@testable import Rooms

@Suite("Messages of clients")
struct ClientMessageTests {
    private func read(_ text: String) throws(RoomFault) -> ClientMessage { try ClientMessage.read(Array(text.utf8)) }

    @Test("A frame that is nested too deeply or has too many values is refused before it is decoded")
    func bounds() throws {
        let nested = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(throws: RoomFault.malformed) { try read(#"{"t":"resync","x":\#(nested)}"#) }
        let many = "[" + Array(repeating: "1", count: 200).joined(separator: ",") + "]"
        #expect(throws: RoomFault.malformed) { try read(#"{"t":"resync","x":\#(many)}"#) }
        #expect(try read(#"{"t":"resync","x":[[[1,2],{"a":null}]]}"#).body == .resync)
    }

    @Test("Every message of the protocol is decoded")
    func all() throws {
        #expect(try read(#"{"t":"clock","id":3,"d":{"t0":5}}"#) == ClientMessage(id: 3, body: .clock(sent: 5)))
        #expect(try read(#"{"t":"ctl.play"}"#).body == .control(.plain(.play), base: nil))
        #expect(
            try read(#"{"t":"ctl.pause","d":{"pos":10.7,"baseRev":4}}"#).body
                == .control(.plain(.pause(position: 10)), base: 4))
        #expect(
            try read(#"{"t":"ctl.seek","d":{"pos":61000}}"#).body == .control(.plain(.seek(position: 61000)), base: nil)
        )
        #expect(try read(#"{"t":"ctl.rate","d":{"rate":1.5}}"#).body == .control(.plain(.rate(1.5)), base: nil))
        #expect(
            try read(#"{"t":"ctl.media","d":{"videoId":"vid_1"}}"#).body
                == .control(.media(videoID: "vid_1"), base: nil))
        #expect(try read(#"{"t":"wait.skip"}"#).body == .control(.plain(.skipWait), base: nil))
        #expect(try read(#"{"t":"ready","d":{"rev":2}}"#).body == .ready(revision: 2))
        #expect(
            try read(#"{"t":"player.status","d":{"pos":5,"state":"playing","rate":1,"later":[]}}"#).body
                == .status(PlayerStatus(position: 5, state: .playing)))
        #expect(try read(#"{"t":"chat.send","d":{"text":"a","cmdId":"x"}}"#).body == .chat(text: "a", commandID: "x"))
        #expect(try read(#"{"t":"chat.delete","d":{"msgId":"m"}}"#).body == .deleteMessage("m"))
        #expect(try read(#"{"t":"react","d":{"emoji":"👏"}}"#).body == .react("👏"))
        #expect(
            try read(#"{"t":"member.kick","d":{"memberId":"m"}}"#).body
                == .kick(member: "m", banMinutes: 0, reason: nil))
        #expect(
            try read(#"{"t":"member.mute","d":{"memberId":"m","seconds":9}}"#).body == .mute(member: "m", seconds: 9))
        #expect(
            try read(#"{"t":"role.set","d":{"memberId":"m","role":"cohost"}}"#).body == .setRole(member: "m", .cohost))
        #expect(try read(#"{"t":"ban.list"}"#).body == .listBans)
        #expect(try read(#"{"t":"ban.lift","d":{"memberId":"m"}}"#).body == .liftBan(member: "m"))
        #expect(try read(#"{"t":"resync","d":null}"#).body == .resync)
        #expect(try read(#"{"t":"leave","d":{}}"#).body == .leave)
        #expect(try read(#"{"t":"of.tomorrow","d":{"x":1}}"#).body == .unknown)
        let hello = try read(
            #"{"t":"hello","d":{"token":"t","name":"n","guestKey":"k","resume":{"memberId":"m","secret":"s","epoch":"e","seq":7}}}"#
        )
        #expect(
            hello.body
                == .hello(
                    Hello(
                        token: "t", name: "n", guestKey: "k",
                        resume: Resumption(memberId: "m", secret: "s", epoch: "e", seq: 7))))
    }

    @Test("docs/rooms.md names every message of the protocol", arguments: ClientMessage.MessageType.allCases)
    func documentation(type: ClientMessage.MessageType) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/rooms.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(
            text.contains("`\(type.rawValue)`"),
            "docs/rooms.md must describe `\(type.rawValue)`.")
    }

    @Test("A position before the start or beyond every end is clamped")
    func positions() throws {
        #expect(try read(#"{"t":"ctl.seek","d":{"pos":-5}}"#).body == .control(.plain(.seek(position: 0)), base: nil))
        #expect(
            try read(#"{"t":"ctl.seek","d":{"pos":1e300}}"#).body
                == .control(.plain(.seek(position: 1_000_000_000_000)), base: nil))
        #expect(
            try read(#"{"t":"ctl.pause","d":{"pos":-0.5}}"#).body == .control(.plain(.pause(position: 0)), base: nil))
        #expect(
            try read(#"{"t":"player.status","d":{"pos":-9,"state":"paused"}}"#).body
                == .status(PlayerStatus(position: 0, state: .paused)))
    }

    @Test(
        "A message with wrong fields is decoded as such",
        arguments: [
            #"{"t":"clock"}"#, #"{"t":"clock","d":{}}"#, #"{"t":"ready","d":{"rev":"1"}}"#,
            #"{"t":"ready","d":{"rev":1.5}}"#, #"{"t":"ready","d":{"rev":99999999999999999999}}"#,
            #"{"t":"ctl.seek","d":{"pos":1e400}}"#, #"{"t":"ctl.seek","d":{}}"#, #"{"t":"ctl.seek","d":{"pos":null}}"#,
            #"{"t":"ctl.seek","d":{"pos":"5"}}"#, #"{"t":"ctl.rate","d":{"rate":true}}"#, #"{"t":"ctl.play","d":[]}"#,
            #"{"t":"ctl.play","d":{"baseRev":0.5}}"#, #"{"t":"ctl.media","d":{"videoId":7}}"#,
            #"{"t":"player.status","d":{"pos":1,"state":"dancing"}}"#,
            #"{"t":"role.set","d":{"memberId":"m","role":"king"}}"#, #"{"t":"hello","d":{"resume":{"memberId":"m"}}}"#,
            #"{"t":"member.mute","d":{"memberId":"m","seconds":1e30}}"#,
            #"{"t":"member.kick","d":{"memberId":"m","banMinutes":0.1}}"#, #"{"t":"ban.lift"}"#,
            #"{"t":"chat.send","d":{"text":["x"]}}"#, #"{"t":"react","d":{"emoji":7}}"#,
        ])
    func wrong(text: String) throws {
        let type = try #require(text.split(separator: "\"").dropFirst(2).dropFirst().first)
        #expect(try read(text).body == .wrong(type: String(type)))
    }

    @Test(
        "A frame that is not a message is refused",
        arguments: [
            "", "x", "[]", "{}", #"{"t":5}"#, #"{"t":"ctl.play","id":"1"}"#, #"{"t":"ctl.play","id":1e40}"#,
            #"{"t":"ctl.play","id":1.5}"#, #"{"t":"resync","d":{"a":\#(String(repeating: "[", count: 15))"#,
            String(repeating: "[", count: 8_000),
        ])
    func malformed(text: String) {
        #expect(throws: RoomFault.malformed) { try read(text) }
    }

    @Test("The depth and the number of values are bounded in unknown fields too")
    func shape() throws {
        func nested(_ depth: Int, _ values: Int) -> String {
            let inner = [String](repeating: "1", count: values).joined(separator: ",")
            return String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth)
        }
        for text in [nested(7, 1), nested(1, 200), nested(500, 2_000)] {
            #expect(throws: RoomFault.malformed) { try read(#"{"t":"resync","d":{"a":\#(text)}}"#) }
        }
        #expect(try read(#"{"t":"resync","d":{"a":\#(nested(6, 80))}}"#).body == .resync)
    }
}
