import API
import Catalog
import Foundation
import Ground
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Rooms
import SQL
import Testing

@Suite("Routes of rooms")
struct RoomRoutesTests {
    private static func body(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    private static func playable(_ fixture: Fixture, of owner: String) async throws -> String {
        let video = try await fixture.video(of: owner)
        try await fixture.database.transaction { connection in
            try Videos.apply(.sourceStored, to: video, at: 1, in: connection)
            try Videos.apply(.segmentsAvailable, to: video, at: 1, in: connection)
        }
        return video
    }

    @Test("A room is created, found, changed by its owner and removed, and nodes are notified")
    func life() async throws {
        try await Fixture.run { fixture, client in
            let (alice, _) = try await fixture.signIn("alice")
            let (bob, bobID) = try await fixture.signIn("bob")
            let video = try await Self.playable(fixture, of: bobID)
            let made = try await client.execute(
                uri: "/v1/rooms", method: .post, headers: alice,
                body: Self.body(#"{"videoId":"\#(video)","name":" Film  night ","mode":"host","slowModeSec":5}"#))
            #expect(made.status == .created)
            let room = try json(made)
            let id = try #require(room["id"] as? String)
            #expect(made.headers[.location] == "/v1/rooms/\(id)")
            #expect(room["socket"] as? String == "/v1/rooms/\(id)/ws")
            #expect(room["mode"] as? String == "host")
            #expect(room["slowModeSec"] as? Int == 5)
            #expect((room["owner"] as? [String: Any])?["username"] as? String == "alice")

            fixture.rooms.set(RoomSummary(members: 3, phase: .playing, videoID: video), of: id)
            let list = try json(try await client.execute(uri: "/v1/rooms", method: .get))
            let listed = try #require((list["data"] as? [[String: Any]])?.first)
            #expect(listed["members"] as? Int == 3)
            #expect(listed["phase"] as? String == "playing")

            let other = try await client.execute(
                uri: "/v1/rooms", method: .post, headers: bob, body: Self.body(#"{"videoId":"\#(video)"}"#))
            #expect(other.status == .created)
            let occupied = try json(try await client.execute(uri: "/v1/rooms?occupied=1&limit=1", method: .get))
            #expect((occupied["data"] as? [[String: Any]])?.compactMap { $0["id"] as? String } == [id])
            #expect((occupied["page"] as? [String: Any])?["next"] is NSNull)
            #expect(try await client.execute(uri: "/v1/rooms?occupied=2", method: .get).status == .unprocessableContent)
            let otherID = try #require(try json(other)["id"] as? String)
            _ = try await client.execute(uri: "/v1/rooms/\(otherID)", method: .delete, headers: bob)

            let refused = try await client.execute(
                uri: "/v1/rooms/\(id)", method: .patch, headers: bob, body: Self.body(#"{"name":"Mine"}"#))
            #expect(refused.status == .forbidden)
            let changed = try await client.execute(
                uri: "/v1/rooms/\(id)", method: .patch, headers: alice, body: Self.body(#"{"visibility":"unlisted"}"#))
            #expect(try json(changed)["visibility"] as? String == "unlisted")
            #expect(try json(changed)["mode"] as? String == "host")
            let empty = try json(try await client.execute(uri: "/v1/rooms", method: .get))
            #expect((empty["data"] as? [Any])?.isEmpty == true)

            #expect(
                try await client.execute(uri: "/v1/rooms/\(id)", method: .delete, headers: bob).status == .forbidden)
            #expect(
                try await client.execute(uri: "/v1/rooms/\(id)", method: .delete, headers: alice).status == .noContent)
            #expect(try await client.execute(uri: "/v1/rooms/\(id)", method: .get).status == .notFound)
            #expect(fixture.rooms.announcements == [otherID, id, id])
        }
    }

    @Test(
        "Wrong wishes are refused field by field",
        arguments: [
            (#"{"videoId":"VIDEO","mode":"king"}"#, "unknown_value"),
            (#"{"videoId":"VIDEO","slowModeSec":301}"#, "out_of_range"),
            (#"{"videoId":"VIDEO","slowModeSec":1.5}"#, "wrong_type"),
            (#"{"videoId":"VIDEO","slowModeSec":1e300}"#, "wrong_type"),
            (#"{"videoId":"VIDEO","name":"\u0007"}"#, "invalid_text"),
            (#"{"videoId":"VIDEO","color":1}"#, "unknown_field"),
            (#"{"name":"x"}"#, "required"),
        ])
    func wishes(text: String, code: String) async throws {
        try await Fixture.run { fixture, client in
            let (alice, id) = try await fixture.signIn()
            let video = try await Self.playable(fixture, of: id)
            let answer = try await client.execute(
                uri: "/v1/rooms", method: .post, headers: alice,
                body: Self.body(text.replacingOccurrences(of: "VIDEO", with: video)))
            #expect(answer.status == .unprocessableContent)
            let errors = try json(answer)["errors"] as? [[String: Any]]
            #expect(errors?.first?["code"] as? String == code)
        }
    }

    @Test("Only playable videos get a room, and the rooms of a user are limited")
    func limits() async throws {
        try await Fixture.run { fixture, client in
            let (alice, id) = try await fixture.signIn()
            let draft = try await fixture.video(of: id)
            func make(_ video: String, _ headers: HTTPFields) async throws -> TestResponse {
                try await client.execute(
                    uri: "/v1/rooms", method: .post, headers: headers, body: Self.body(#"{"videoId":"\#(video)"}"#))
            }
            #expect(try await make(draft, [:]).status == .unauthorized)
            #expect(try await make(draft, alice).status == .conflict)
            #expect(try json(try await make(draft, alice))["code"] as? String == "video_not_playable")
            #expect(try await make("vid_nothing", alice).status == .notFound)
            let video = try await Self.playable(fixture, of: id)
            for _ in 0..<RoomTable.limit { #expect(try await make(video, alice).status == .created) }
            #expect(try json(try await make(video, alice))["code"] as? String == "too_many_rooms")
        }
    }

    @Test("A list costs a few queries, however many rooms there are, and pages of occupied ones leave none out")
    func cost() async throws {
        let counting = Counting()
        try await Fixture.run(counting: counting) { fixture, client in
            let (_, id) = try await fixture.signIn()
            let video = try await Self.playable(fixture, of: id)
            let blocked = try await Self.playable(fixture, of: id)
            // Three of four are empty, and one of those that are not plays what was blocked.
            let rooms = (0..<900).map { number in
                RoomRecord(
                    id: Identifier.make(prefix: .room, at: Int64(number)), ownerID: id, videoID: video, name: "R",
                    createdAt: 1)
            }
            try await fixture.database.transaction { connection in
                for room in rooms {
                    try connection.execute(
                        """
                        INSERT INTO rooms (id, owner_id, video_id, name, mode, visibility, slow_mode_seconds, created_at,
                            used_at) VALUES ($1, $2, $3, 'R', 'everyone', 'public', 0, 1, 1)
                        """, [.text(room.id), .text(id), .text(video)])
                }
            }
            try await fixture.block(blocked)
            for (number, room) in rooms.enumerated() where number % 4 == 0 {
                let played = number == 400 ? blocked : video
                fixture.rooms.set(RoomSummary(members: 1, phase: .playing, videoID: played), of: room.id)
            }
            for (query, wanted) in [
                ("limit=100", rooms.map(\.id)),
                ("limit=100&occupied=1", rooms.indices.filter { $0 % 4 == 0 && $0 != 400 }.map { rooms[$0].id }),
                ("limit=7&occupied=1", rooms.indices.filter { $0 % 4 == 0 && $0 != 400 }.map { rooms[$0].id }),
            ] {
                var (found, cursor) = ([String](), "")
                repeat {
                    counting.reset()
                    let page = try json(try await client.execute(uri: "/v1/rooms?\(query)\(cursor)", method: .get))
                    #expect(counting["query"] <= 15)
                    found += try #require(page["data"] as? [[String: Any]]).compactMap { $0["id"] as? String }
                    cursor = ((page["page"] as? [String: Any])?["next"] as? String).map { "&cursor=\($0)" } ?? ""
                } while !cursor.isEmpty
                let expected = query == "limit=100" ? wanted.filter { $0 != rooms[400].id } : wanted
                #expect(found == expected.sorted().reversed())
            }
        }
    }

    @Test("A request at a socket's address is told what it is")
    func socketAddress() async throws {
        try await Fixture.run { _, client in
            let answer = try await client.execute(
                uri: "/v1/rooms/room_01m88889578bdpm7s8mvpgx2td/ws", method: .get)
            #expect(answer.status == .upgradeRequired)
            #expect(answer.headers[.upgrade] == "websocket")
            #expect(try json(answer)["code"] as? String == "upgrade_required")
        }
    }
}
