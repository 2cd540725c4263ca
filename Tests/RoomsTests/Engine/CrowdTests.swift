import Catalog
import Testing

@testable import Rooms

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
            try StoredEvent(sequence: first + Int64(place), event, at: scene.now)
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
            try scene.apply(.buffering(member: "mem_s\(number)", isBuffering: true, position: scene.position))
            try scene.pass(600)
            if scene.playback.phase == .waiting { waits += 1 }
            try scene.apply(.leave(member: "mem_s\(number)"))
            try scene.ready("anna", "ben")
            try scene.pass(2_000)
            #expect(scene.playback.phase == .playing)
        }
        #expect(waits == RoomLimits.stallsOfRoom)
        try scene.pass(RoomLimits.stallWindow)
        try scene.apply(.buffering(member: "mem_ben", isBuffering: true, position: scene.position))
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
