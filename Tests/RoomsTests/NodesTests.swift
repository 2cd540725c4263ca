import Catalog
import Foundation
import Ground
import Logging
import Redis
import Testing

@testable import Rooms

@Suite("Rooms on several nodes", .timeLimit(.minutes(2)))
struct NodesTests {
    private static func secret(_ welcome: String) throws -> (member: String, secret: String, epoch: String) {
        func field(_ name: String) throws -> String {
            let start = try #require(welcome.range(of: "\"\(name)\":\""))
            return String(welcome[start.upperBound...].prefix { $0 != "\"" })
        }
        return (try field("memberId"), try field("secret"), try field("epoch"))
    }

    @Test("A chat message reaches the members on all nodes, in the same order")
    func order() async throws {
        try await Nodes.with(3) { nodes in
            let clients = (0..<3).map { nodes.connect($0) }
            for (number, client) in clients.enumerated() {
                await client.send(#"{"t":"hello","d":{"name":"m\#(number)"}}"#)
                try await client.expect(#""t":"welcome""#)
            }
            await withTaskGroup { group in
                for (number, client) in clients.enumerated() {
                    group.addTask {
                        for round in 0..<5 {
                            await client.send(
                                #"{"t":"chat.send","id":\#(round),"d":{"text":"m\#(number) says \#(round)"}}"#)
                        }
                    }
                }
            }
            var heard: [[String]] = []
            for client in clients {
                for _ in 0..<15 { try await client.expect(#""t":"chat.msg""#) }
                heard.append(client.all.filter { $0.contains(#""t":"chat.msg""#) })
            }
            #expect(heard[0].count == 15)
            #expect(heard[0] == heard[1] && heard[1] == heard[2])
        }
    }

    @Test("A member who resumes on another node is sent exactly the missed events")
    func resume() async throws {
        try await Nodes.with(2) { nodes in
            let (anna, ben) = (nodes.connect(0), nodes.connect(1))
            await anna.send(#"{"t":"hello","d":{"token":"owner"}}"#)
            try await anna.expect(#""t":"welcome""#)
            await ben.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            let welcome = try await ben.expect(#""t":"welcome""#)
            let (member, secret, epoch) = try Self.secret(welcome)
            #expect(welcome.contains(#""role":"host""#))
            await ben.connection.close()
            try await anna.expect(#""away":true"#)
            await anna.send(#"{"t":"chat.send","id":1,"d":{"text":"while you were away"}}"#)
            try await anna.expect(#""re":1"#)

            let again = nodes.connect(0)
            await again.send(
                #"{"t":"hello","d":{"resume":{"memberId":"\#(member)","secret":"\#(secret)","epoch":"\#(epoch)","seq":3}}}"#
            )
            let back = try await again.expect(#""t":"welcome""#)
            #expect(back.contains(#""resumed":true"#))
            #expect(back.contains("while you were away"))
            #expect(!back.contains(#""snapshot""#))
            try await anna.expect(#""away":false"#)

            // Without the secret it is somebody else.
            let other = nodes.connect(1)
            await other.send(
                #"{"t":"hello","d":{"name":"x","resume":{"memberId":"\#(member)","secret":"no","epoch":"\#(epoch)","seq":3}}}"#
            )
            let stranger = try await other.expect(#""t":"welcome""#)
            #expect(stranger.contains(#""resumed":false"#))
            #expect(try Self.secret(stranger).member != member)
        }
    }

    @Test("A member who resumes replaces the old connection")
    func takeOver() async throws {
        try await Nodes.with(2) { nodes in
            let old = nodes.connect(0)
            await old.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            let (member, secret, _) = try Self.secret(try await old.expect(#""t":"welcome""#))
            let new = nodes.connect(1)
            await new.send(
                #"{"t":"hello","d":{"resume":{"memberId":"\#(member)","secret":"\#(secret)","epoch":"gone","seq":1}}}"#)
            #expect(try await new.expect(#""t":"welcome""#).contains(#""snapshot""#))
            try await old.expect(#""code":4006"#)
            try await old.expect("close 4006")
        }
    }

    @Test("An emptied store is restored from a node's copy under a new epoch")
    func emptied() async throws {
        try await Nodes.with(2) { nodes in
            let (anna, ben) = (nodes.connect(0), nodes.connect(1))
            await anna.send(#"{"t":"hello","d":{"token":"owner"}}"#)
            let epoch = try Self.secret(try await anna.expect(#""t":"welcome""#)).epoch
            await ben.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            try await ben.expect(#""t":"welcome""#)
            await anna.send(#"{"t":"chat.send","id":1,"d":{"text":"before"}}"#)
            try await ben.expect("before")
            try await nodes.clients[0].send("FLUSHALL")
            await ben.send(#"{"t":"chat.send","id":2,"d":{"text":"after"}}"#)
            try await ben.expect(#""re":2"#)
            let resync = try await anna.expect(#""t":"resync""#)
            #expect(resync.contains("before") && resync.contains("after"))
            #expect(!resync.contains(epoch))
            let stored = try #require(try await nodes.stores[0].load("room_1"))
            #expect(stored.state.members.count == 2)
        }
    }

    @Test("A store that lost the last changes is given them again")
    func rewound() async throws {
        try await Nodes.with(2) { nodes in
            let (anna, ben) = (nodes.connect(0), nodes.connect(1))
            await anna.send(#"{"t":"hello","d":{"token":"owner"}}"#)
            try await anna.expect(#""t":"welcome""#)
            await ben.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            try await ben.expect(#""t":"welcome""#)
            let client = nodes.clients[0]
            let keys = ["vh:room:{room_1}", "vh:room:{room_1}:events"]
            var dumps: [[UInt8]] = []
            for key in keys { dumps.append(try #require(try await client.send("DUMP", key).bytes)) }
            await anna.send(#"{"t":"chat.send","id":1,"d":{"text":"acknowledged"}}"#)
            try await anna.expect(#""re":1"#)
            try await ben.expect("acknowledged")
            for (key, dump) in zip(keys, dumps) {
                try await client.send(["RESTORE", .text(key), 0, .bytes(dump), "REPLACE"])
            }
            await ben.send(#"{"t":"chat.send","id":2,"d":{"text":"later"}}"#)
            try await ben.expect(#""re":2"#)
            let resync = try await anna.expect(#""t":"resync""#)
            #expect(resync.contains("acknowledged") && resync.contains("later"))
            let stored = try #require(try await nodes.stores[1].load("room_1"))
            #expect(stored.history.chat().count == 2)
        }
    }

    @Test("Changed settings reach members, and a deleted room is closed")
    func owner() async throws {
        try await Nodes.with(2) { nodes in
            let anna = nodes.connect(0)
            await anna.send(#"{"t":"hello","d":{"token":"owner"}}"#)
            try await anna.expect(#""t":"welcome""#)
            var record = RoomRecord(
                id: "room_1", ownerID: "usr_owner", videoID: "vid_1", name: "Other", mode: .host, createdAt: 1)
            record.slowModeSeconds = 3
            nodes.directory.set(record)
            try await nodes.stores[1].announceChange(of: "room_1")
            #expect(try await anna.expect(#""t":"room""#).contains(#""name":"Other""#))
            nodes.directory.remove("room_1")
            try await nodes.stores[1].announceChange(of: "room_1")
            try await anna.expect("close 4002")
            let late = nodes.connect(1)
            await late.send(#"{"t":"hello","d":{"name":"late"}}"#)
            try await late.expect("close 4002")
            #expect(try await nodes.stores[0].load("room_1") == nil)
        }
    }

    @Test("Members are told when the current video is withdrawn, even if the room's row names another one")
    func withdrawn() async throws {
        try await Nodes.with(2) { nodes in
            let anna = nodes.connect(0)
            await anna.send(#"{"t":"hello","d":{"token":"owner"}}"#)
            try await anna.expect("welcome")
            let ben = nodes.connect(1)
            await ben.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            try await ben.expect("welcome")
            await anna.send(#"{"t":"ctl.media","id":1,"d":{"videoId":"vid_2"}}"#)
            try await ben.expect(#""videoId":"vid_2""#)
            // What is not played any more is of no interest.
            nodes.directory.withdraw("vid_1")
            for hub in nodes.hubs { await hub.recheck(video: "vid_1") }
            await anna.send(#"{"t":"clock","id":2,"d":{"t0":1}}"#)
            try await anna.expect(#""re":2"#)
            nodes.directory.withdraw("vid_2")
            for hub in nodes.hubs { await hub.recheck(video: "vid_2") }
            for client in [anna, ben] {
                try await client.expect("video_withdrawn")
                try await client.expect("close 4002")
            }
            #expect(try await nodes.stores[0].load("room_1") == nil)
        }
    }

    @Test("A change is written only on top of the version on which it is based")
    func conflict() async throws {
        try await Nodes.with(1) { nodes in
            let store = nodes.stores[0]
            let scene = Scene()
            var change = RoomChange(
                base: 0, state: scene.state, isStateNew: true, events: [], history: EventHistory())
            #expect(try await store.load("room_1") == nil)
            #expect(try await store.restore(change, over: nil))
            #expect(try await !store.restore(change, over: nil))
            change.base = 1
            #expect(try await store.commit(change) == .written)
            #expect(try await store.commit(change) == .conflict)
            #expect(try await store.load("room_1")?.version == 2)
            #expect(try await store.load("room_1")?.state == scene.state)
            try await store.remove("room_1")
            #expect(try await store.commit(change) == .missing)
            #expect(try await !store.restore(change, over: 7))
        }
    }

    @Test("Other nodes get the version, the new events and a new state of each change", .timeLimit(.minutes(1)))
    func changeNotices() async throws {
        try await Nodes.with(2) { nodes in
            let (store, other) = (nodes.stores[0], nodes.stores[1])
            let notices = try await other.notices(of: "room_1")
            var scene = Scene()
            try scene.join("anna")
            var renamed = scene.state
            renamed.settings.name = "line\nbreak"
            let events = try (Int64(1)...3).map { sequence in
                try StoredEvent(sequence: sequence, .roomChanged(renamed), at: 1)
            }
            var change = RoomChange(
                base: 0, state: scene.state, isStateNew: true, events: [events[0]], history: EventHistory([events[0]]))
            #expect(try await store.restore(change, over: nil))
            change.base = 1
            (change.isStateNew, change.events) = (false, [events[1]])
            #expect(try await store.commit(change) == .written)
            // Written again as a whole, of which only the last event is new; nobody is told of a change that is refused.
            change.base = 2
            (change.events, change.history) = ([events[2]], EventHistory(events))
            #expect(try await !store.restore(change, over: 1))
            #expect(try await store.restore(change, over: 2))
            // A node gets no notices of its own changes.
            (change.base, change.events) = (3, [])
            #expect(try await other.commit(change) == .written)
            try await store.announceChange(of: "room_1")
            var deltas: [RoomDelta] = []
            for await notice in notices {
                guard case .changed(let delta) = notice else { break }
                deltas.append(delta)
            }
            #expect(deltas.map(\.version) == [1, 2, 3] && deltas.map(\.events) == events.map { [$0] })
            #expect(deltas.map(\.state) == [scene.state, nil, scene.state])
            #expect(deltas.allSatisfy { $0.sequence == scene.state.sequence })
            #expect(try await store.load("room_1")?.history.events == events)
        }
    }

    @Test("Members of a node that was wrongly counted as lost are marked as present again", .timeLimit(.minutes(1)))
    func falselyDead() async throws {
        try await Nodes.with(2) { nodes in
            let (anna, ben) = (nodes.connect(0), nodes.connect(1))
            await anna.send(#"{"t":"hello","d":{"token":"owner"}}"#)
            try await anna.expect(#""t":"welcome""#)
            await ben.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            try await ben.expect(#""t":"welcome""#)
            // The first node knows of ben only once it has heard of him.
            try await anna.expect(#""t":"member.join""#)
            // What the first node does when the second has said nothing for too long.
            let room = try await nodes.hubs[0].room("room_1")
            try await room.perform(.nodesLost(["n1"]))
            try await anna.expect(#""away":true"#)
            try await anna.expect(#""away":false"#)
            await ben.send(#"{"t":"chat.send","id":1,"d":{"text":"still here"}}"#)
            try await anna.expect("still here")
        }
    }

    @Test("A room in use is renewed although it does not change")
    func keeping() async throws {
        try await Nodes.with(1) { nodes in
            let client = nodes.clients[0]
            let store = RedisRoomStore(client, lifetime: 600_000)
            var scene = Scene()
            try scene.join("anna")
            let event = try StoredEvent(sequence: 1, .roomChanged(scene.state), at: 1)
            let change = RoomChange(
                base: 0, state: scene.state, isStateNew: true, events: [event], history: EventHistory([event]))
            #expect(try await store.restore(change, over: nil))
            let keys = ["vh:room:{room_1}", "vh:room:{room_1}:events"]
            for key in keys { try await client.send("PEXPIRE", key, "30000") }
            try await store.renew("room_1")
            for key in keys { #expect(try await client.send("PTTL", key).int ?? 0 > 500_000) }
        }
    }

    @Test("Guests of one address cannot fill a room through several nodes; the owner can join on each")
    func places() async throws {
        try await Nodes.with(2, guestsPerAddress: 3) { nodes in
            // Three in the room on both nodes together; of an IPv6 address its /64 counts.
            let places = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:9::3"]
            for (number, address) in places.enumerated() {
                let guest = nodes.connect(number % 2, from: address)
                await guest.send(#"{"t":"hello","d":{"name":"g\#(number)"}}"#)
                try await guest.expect(#""t":"welcome""#)
            }
            for node in 0..<2 {
                let more = nodes.connect(node, from: "2001:db8::77")
                await more.send(#"{"t":"hello","d":{"name":"more"}}"#)
                #expect(try await more.expect(#""code":4003"#).contains("too_many_of_address"))
                let account = nodes.connect(node, from: "2001:db8::1")
                await account.send(#"{"t":"hello","d":{"token":"owner"}}"#)
                try await account.expect(#""t":"welcome""#)
            }
            let elsewhere = nodes.connect(0, from: "2001:db8:0:1::1")
            await elsewhere.send(#"{"t":"hello","d":{"name":"elsewhere"}}"#)
            try await elsewhere.expect(#""t":"welcome""#)
        }
    }

    @Test("Bans are listed and lifted over the socket, on another node, and through the store")
    func bans() async throws {
        try await Nodes.with(2) { nodes in
            let (anna, ben) = (nodes.connect(0), nodes.connect(1))
            await anna.send(#"{"t":"hello","d":{"token":"owner"}}"#)
            try await anna.expect(#""t":"welcome""#)
            await ben.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            let welcome = try await ben.expect(#""t":"welcome""#)
            #expect(welcome.contains(#""guestKey":""#))
            let member = try Self.secret(welcome).member
            // The first node knows of ben only once it has heard of him.
            try await anna.expect(#""t":"member.join""#)
            await ben.send(#"{"t":"ban.list","id":1}"#)
            try await ben.expect(#""code":"not_allowed""#)
            await anna.send(#"{"t":"member.kick","id":1,"d":{"memberId":"\#(member)","banMinutes":5}}"#)
            try await ben.expect("close 4005")
            await anna.send(#"{"t":"ban.list","id":2}"#)
            let listed = try await anna.expect(#""re":2"#)
            #expect(listed.contains(#""memberId":"\#(member)""#) && listed.contains(#""by":"anna""#))
            #expect(!listed.contains("192.0.2") && !listed.contains("address"))
            let again = nodes.connect(1)
            await again.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            try await again.expect(#""code":4003"#)
            await anna.send(#"{"t":"ban.lift","id":3,"d":{"memberId":"\#(member)"}}"#)
            try await anna.expect(#""re":3"#)
            let back = nodes.connect(1)
            await back.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            let second = try Self.secret(try await back.expect(#""t":"welcome""#)).member
            try await anna.expect(#""t":"member.join""#)
            await anna.send(#"{"t":"member.kick","id":4,"d":{"memberId":"\#(second)","banMinutes":5}}"#)
            try await anna.expect(#""re":4"#)

            let record = try #require(try await nodes.directory.room("room_1"))
            let bans = RoomBans(RedisRoomStore(nodes.clients[1]))
            #expect(try await bans.list(of: record, for: "usr_owner").map(\.member) == [second])
            await #expect(throws: RoomFault.notAllowed) { try await bans.list(of: record, for: "usr_ben") }
            await #expect(throws: RoomFault.notAllowed) { try await bans.lift(second, of: record, for: "usr_ben") }
            try await bans.lift(second, of: record, for: "usr_owner")
            await #expect(throws: RoomFault.banNotFound) { try await bans.lift(second, of: record, for: "usr_owner") }
            let last = nodes.connect(0)
            await last.send(#"{"t":"hello","d":{"name":"ben"}}"#)
            try await last.expect(#""t":"welcome""#)
        }
    }

    @Test("A connection that takes no frames for a while is not ended, but sent a snapshot once it does")
    func behind() async throws {
        try await Nodes.with(2) { nodes in
            let (silent, witness) = (nodes.connect(0), nodes.connect(1))
            for client in [silent, witness] {
                await client.send(#"{"t":"hello","d":{"name":"listener"}}"#)
                try await client.expect(#""t":"welcome""#)
            }
            let words = String(repeating: "😀", count: 480)
            for number in 0..<50 {
                let talker = nodes.connect(1)
                await talker.send(#"{"t":"hello","d":{"name":"talker \#(number)"}}"#)
                try await talker.expect(#""t":"welcome""#)
                for text in 0..<5 {
                    await talker.send(#"{"t":"chat.send","d":{"text":"\#(number) says \#(text) \#(words)"}}"#)
                }
            }
            try await witness.expect("49 says 4")
            let resync = try await silent.expect(#""t":"resync""#)
            #expect(resync.contains("49 says 4") && !silent.connection.session.isClosing)
            // What was said since the first event that was lost is there, so far as the room has it.
            #expect(resync.split(separator: #""t":"chat.msg""#).count > 200)
            await silent.send(#"{"t":"chat.send","id":1,"d":{"text":"still here"}}"#)
            try await silent.expect("still here")
        }
    }

    @Test("No room is opened for an unknown id, and an address that asks for many is postponed")
    func unknownRooms() async throws {
        try await Nodes.with(1) { nodes in
            func ask(_ room: String, from address: String) async throws -> String {
                let client = nodes.connect(0, room: room, from: address)
                await client.send(#"{"t":"hello","d":{"name":"x"}}"#)
                let bye = try await client.expect(#""t":"bye""#)
                await client.connection.close()
                return bye
            }
            for _ in 0..<10 { #expect(try await ask("room_none", from: "192.0.2.9").contains("4002")) }
            #expect(nodes.directory.looks == 1, "what was not there a moment ago is not looked for")
            for number in 0..<10 { #expect(try await ask("room_\(number)x", from: "192.0.2.9").contains("4002")) }
            for number in 0..<5 {
                let bye = try await ask("room_\(number)y", from: "192.0.2.9")
                #expect(bye.contains("rate_limited") && bye.contains(#""reconnect":true"#))
            }
            #expect(nodes.hubs[0].load.rooms == 0)
            // Others behind the address come into a room that is one, whether it is live here already or not.
            for hello in [#"{"name":"neighbour"}"#, #"{"token":"owner"}"#] {
                let neighbour = nodes.connect(0, from: "192.0.2.9")
                await neighbour.send(#"{"t":"hello","d":\#(hello)}"#)
                try await neighbour.expect(#""t":"welcome""#)
            }
            #expect(try await ask("room_other", from: "192.0.2.10").contains("4002"))
            // A room that is one is not put off for others.
            let guest = nodes.connect(0, from: "192.0.2.10")
            await guest.send(#"{"t":"hello","d":{"name":"registered"}}"#)
            #expect(try await guest.expect(#""t":"welcome""#).contains(#""name":"registered (guest)""#))
        }
    }

    @Test("Wrong values are refused, with or without a message number, and end no connection")
    func wrongValues() async throws {
        try await Nodes.with(1) { nodes in
            let anna = nodes.connect(0)
            await anna.send(#"{"t":"hello","d":{"token":"owner"}}"#)
            try await anna.expect(#""t":"welcome""#)
            await anna.send(#"{"t":"ctl.seek","id":1,"d":{"pos":60000}}"#)
            try await anna.expect(#""re":1"#)
            await anna.send(#"{"t":"ctl.seek","id":2,"d":{"pos":-5}}"#)
            #expect(try await anna.expect(#""t":"state""#).contains(#""pos":0,"#))
            await anna.send(#"{"t":"ctl.rate","id":3,"d":{"rate":"fast"}}"#)
            #expect(try await anna.expect(#""re":3"#).contains(#""code":"malformed""#))
            await anna.send(#"{"t":"ctl.seek","d":{"pos":{}}}"#)
            #expect(try await anna.expect(#""t":"error""#).contains(#""t":"ctl.seek""#))
            await anna.send(#"{"t":"clock","id":4,"d":{"t0":1}}"#)
            try await anna.expect(#""re":4"#)
        }
    }

    @Test("A node without an announcement counts as lost")
    func liveness() async throws {
        try await Nodes.with(1) { nodes in
            let store = nodes.stores[0]
            try await store.announce(node: "a", lifetime: 60_000)
            #expect(try await store.lostNodes(of: ["a", "b"]) == ["b"])
        }
    }
}
