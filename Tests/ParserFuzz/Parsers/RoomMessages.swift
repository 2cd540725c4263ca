@testable import API
@testable import Rooms

extension FuzzedParser {
    private static let hello =
        #"{"t":"hello","id":1,"d":{"token":"t","name":"n","resume":{"memberId":"m","secret":"s","epoch":"e","seq":7}}}"#
    private static let event =
        #"{"d":{"cmdId":"c","from":"mem_a","msgId":"msg_5_mem_a","name":"A","pos":5,"text":"x"},"seq":5,"t":"chat.msg","ts":9}"#
    private static let room = "room_01m88889578bdpm7s8mvpgx2td"

    /// What members of rooms send, and what nodes read back.
    static let roomMessages: [FuzzedParser] = [
        FuzzedParser(
            "room-message",
            texts: [
                hello, #"{"t":"ctl.seek","id":7,"d":{"pos":61000.5,"baseRev":3}}"#, #"{"t":"ctl.play"}"#,
                #"{"t":"player.status","d":{"pos":5,"state":"playing","rate":1}}"#,
                #"{"t":"member.kick","d":{"memberId":"m","banMinutes":5,"reason":null}}"#,
                #"{"t":"chat.send","d":{"text":"\ud83d\ude00","cmdId":"x"}}"#, #"{"t":"ctl.rate","d":{"rate":1.5}}"#,
            ],
            words: ["1e400", "-1", "9223372036854775808", "null", "[[[[", "\\u0000", "\\ud800", "\"d\":", "wait.skip"]
        ) { text, _ in
            guard let message = try? ClientMessage.read(Array(text.utf8)) else { throw Refused() }
            switch message.body {
            case .control(.plain(.seek(let position)), _): try require(position >= 0, "a position")
            case .control(.plain(.pause(let position?)), _): try require(position >= 0, "a position")
            case .status(let status): try require(status.position >= 0, "a position")
            default: break
            }
        },
        FuzzedParser(
            "room-event",
            texts: [
                event, #"{"d":{"msgId":"m","by":"x"},"seq":6,"t":"chat.deleted","ts":1}"#,
                #"{"d":{"memberId":"m","reason":"kicked"},"seq":7,"t":"member.leave","ts":1}"#,
                #"{"d":{},"seq":8,"t":"state","ts":1}"#,
            ], words: ["\"seq\":", "-1", "1e30", "null"]
        ) { text, _ in
            guard let event = StoredEvent(Array(text.utf8)) else { throw Refused() }
            try require(event.text == Array(text.utf8), "the frame as it was")
            var history = EventHistory([event])
            history.append(event)
            _ = history.after(0, upTo: event.sequence)
            _ = history.chat()
        },
        FuzzedParser(
            "room-notice", texts: ["c writer 3 5\n\n\(event)", "c w 3 5\n{}\n\(event)\n\(event)", "f\n{}", "r"],
            words: ["c ", "\n", " ", "9223372036854775807", "-1", "\"epoch\":", "\"members\":{}"]
        ) { text, _ in
            switch RoomNoticeText.read(Array(text.utf8), except: "me") {
            case .ephemeral(let frame): try require(String(validating: frame, as: UTF8.self) != nil, "text")
            case .changed(let news): try require(news.version > 0 && news.sequence >= 0, "numbers")
            default: throw Refused()
            }
        },
        FuzzedParser(
            "room-text", texts: ["Hello, world", "a\u{202E}b\u{0}c\n\td  e", "👩‍👩‍👧‍👦 é\u{301}", "\u{200B}"],
            words: ["\u{2066}", "\u{200F}", "\u{85}", "\u{E0041}", "\r\n", "  "]
        ) { text, _ in
            guard let clean = try? Room.clean(text, limit: 100) else { throw Refused() }
            try require((1...100).contains(clean.unicodeScalars.count), "a length")
            try require(
                clean.unicodeScalars.allSatisfy {
                    $0.properties.generalCategory != .control && !$0.properties.isBidiControl
                }, "nothing hidden")
            try require((try? Room.clean(clean, limit: 100)) == clean, "clean once is clean")
        },
        FuzzedParser(
            "room-socket", texts: ["/v1/rooms/\(room)/ws", "/v1/rooms/\(room)/ws?x=1"],
            words: ["/v1/rooms/", "room_", "/ws", "/", "?", "%2F"]
        ) { text, _ in
            guard let found = SocketHandshake.room(in: text) else { throw Refused() }
            try require(found.hasPrefix("room_") && found.utf8.count == room.utf8.count, "the name of a room")
            let rest = text.dropFirst("/v1/rooms/\(found)/ws".count)
            try require(text.hasPrefix("/v1/rooms/\(found)/ws") && (rest.isEmpty || rest.first == "?"), "its path")
        },
    ]
}
