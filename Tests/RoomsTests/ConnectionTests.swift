import Catalog
import Foundation
import Ground
import Testing

@testable import Rooms

@Suite("The limits and the outgoing queue of a connection")
struct ConnectionTests {
    @Test("Frames are taken in order, and one that must not be lost is refused when there is no space")
    func queue() {
        var queue = OutgoingQueue()
        let most = OutgoingQueue.byteLimit / (OutgoingQueue.frameCost + 1)
        for number in 0..<most { #expect({ queue.push([UInt8(number & 255)], .required) }()) }
        #expect(!{ queue.push([1], .required) }())
        #expect({ queue.push([1], .ephemeral) }())
        #expect({ queue.push([1], .newest("x")) }())
        for number in 0..<most { #expect({ queue.pop() }() == [UInt8(number & 255)]) }
        #expect({ queue.pop() }() == nil)
        #expect({ queue.push([7], .required) }())
        #expect({ queue.pop() }() == [7])
    }

    @Test("Events that do not fit are dropped until a snapshot is added; answers keep their place")
    func snapshots() {
        var queue = OutgoingQueue()
        let large = [UInt8](repeating: 0, count: OutgoingQueue.byteLimit / 3)
        for sequence in 5...6 { #expect({ queue.push(large, .ordered(Int64(sequence))) }()) }
        #expect({ queue.push([1], .required) }())
        for sequence in 7...9 { #expect({ queue.push(large, .ordered(Int64(sequence))) }()) }
        #expect(queue.firstLost == 5 && queue.count == 1)
        #expect({ queue.push([2], .required) }())
        #expect({ queue.push([3], .snapshot) }())
        #expect({ queue.push([4], .ordered(10)) }())
        #expect({ queue.push([5], .snapshot) }())
        #expect(queue.firstLost == nil)
        var taken: [UInt8] = []
        while let frame = { queue.pop() }() { taken += frame }
        #expect(taken == [1, 2, 5])
        // What was taken is not lost.
        #expect({ queue.push([6], .ordered(11)) }())
        _ = queue.pop()
        for sequence in 12...15 { #expect({ queue.push(large, .ordered(Int64(sequence))) }()) }
        #expect(queue.firstLost == 12)
    }

    @Test("A newer frame of the same name replaces the older one")
    func newest() {
        var queue = OutgoingQueue()
        _ = queue.push([1], .newest("sync"))
        _ = queue.push([2], .required)
        _ = queue.push([3, 3], .newest("sync"))
        _ = queue.push([4], .newest("wait"))
        #expect(queue.count == 3)
        #expect({ queue.pop() }() == [3, 3])
        #expect({ queue.pop() }() == [2])
        _ = queue.push([5], .newest("wait"))
        #expect({ queue.pop() }() == [5])
        #expect({ queue.pop() }() == nil)
    }

    @Test("An empty queue takes one frame of any size")
    func bytes() {
        var queue = OutgoingQueue()
        #expect({ queue.push([UInt8](repeating: 0, count: OutgoingQueue.byteLimit * 2), .required) }())
        #expect(!{ queue.push([0], .required) }())
        _ = queue.pop()
        #expect({ queue.push([UInt8](repeating: 0, count: OutgoingQueue.byteLimit / 2), .required) }())
        #expect(!{ queue.push([UInt8](repeating: 0, count: OutgoingQueue.byteLimit / 2), .required) }())
        #expect({ queue.push([0], .required) }())
    }

    @Test("A session that is too slow for its answers sends a bye frame and nothing else")
    func slow() throws {
        let session = RoomSession(connection: "c", clock: WallClock { 7 })
        for _ in 0...(OutgoingQueue.byteLimit / OutgoingQueue.frameCost) { session.send([0x7B], .required) }
        #expect(session.isClosing)
        guard case .frame(let bye) = try #require(session.next()) else {
            Issue.record("no goodbye")
            return
        }
        #expect(String(decoding: bye, as: UTF8.self).contains(#""code":4008"#))
        #expect(session.next() == .close(4008))
        session.send([0x7B], .required)
        #expect(session.next() == nil)
    }

    @Test("A session that is too slow for events is not ended; it asks for a snapshot once it takes frames again")
    func behind() {
        let session = RoomSession(connection: "c", clock: WallClock { 7 })
        let frame = [UInt8](repeating: 0x7B, count: 1000)
        for sequence in 1...1000 { session.send(frame, .ordered(Int64(sequence))) }
        #expect(!session.isClosing)
        #expect(session.next() == .catchUp(1))
        session.send([1], .snapshot)
        session.send([2], .ordered(1001))
        #expect(session.next() == .frame([1]))
        #expect(session.next() == .frame([2]))
        #expect(session.next() == nil)
    }

    @Test("The pause between attempts grows up to a limit, and a repeated warning is throttled")
    func backoff() {
        var pace = RetryBackoff()
        var waits: [Int64] = []
        for _ in 0..<7 {
            pace.failed(at: 1_000)
            waits.append(pace.earliest - 1_000)
        }
        #expect(waits == [200, 400, 800, 1600, 3200, 5000, 5000])
        pace.succeeded()
        #expect(pace == RetryBackoff())
        var gate = WarningThrottle()
        let passed = (0..<600).compactMap { moment in gate.pass("it fails", at: Int64(moment) * 100) }
        #expect(passed == [0, 299])
        #expect({ gate.pass("another", at: 59_900) }() == 0)
    }

    @Test("A bucket fills with time up to its burst")
    func bucket() {
        var bucket = TokenBucket(burst: 2, perSecond: 4, at: 0)
        #expect({ bucket.take(at: 0) }() == nil)
        #expect({ bucket.take(at: 0) }() == nil)
        #expect({ bucket.take(at: 0) }() == 250)
        #expect({ bucket.take(at: 100) }() == 150)
        #expect({ bucket.take(at: 250) }() == nil)
        #expect({ bucket.take(at: 1_000_000) }() == nil)
        #expect({ bucket.take(at: 1_000_000) }() == nil)
        #expect({ bucket.take(at: 1_000_000) }() != nil)
    }

    @Test("Controls have a lower limit than other messages, and a flood ends the connection")
    func rateLimits() {
        var limits = MessageRateLimits(at: 0)
        for _ in 0..<8 { #expect({ limits.judge(.control(.plain(.play), base: nil), at: 0) }() == .allowed) }
        #expect({ limits.judge(.control(.plain(.play), base: nil), at: 0) }() == .tooMany(250))
        for _ in 0..<8 { #expect({ limits.judge(.react("👍"), at: 0) }() == .allowed) }
        #expect({ limits.judge(.react("👍"), at: 0) }() == .tooMany(250))
        for _ in 0..<22 { #expect({ limits.judge(.leave, at: 0) }() == .allowed) }
        var slow = MessageRateLimits(at: 0)
        let snapshots = (0..<100).map { slow.judge(.resync, at: Int64($0) * 50) }
        #expect(snapshots.prefix(60).allSatisfy { $0 == .allowed })
        #expect(snapshots.count { $0 == .allowed } < 70)
        let status = ClientMessage.Body.status(PlayerStatus(position: 0, state: .buffering))
        var player = MessageRateLimits(at: 0)
        #expect((0..<40).count { player.judge(status, at: Int64($0)) == .allowed } == 30)
        // One message in twenty that is fine is no excuse for the others.
        var clever = MessageRateLimits(at: 0)
        var isEnded = false
        for number in 0..<4_000 where clever.judge(.leave, at: Int64(number) * 2) == .abuse { isEnded = true }
        #expect(isEnded)
        var verdicts: [MessageRateLimits.Verdict] = []
        for _ in 0..<250 { verdicts.append(limits.judge(.leave, at: 0)) }
        #expect(verdicts.first == .tooMany(50))
        #expect(verdicts.last == .abuse)
    }

    @Test("A repeated text is refused for thirty seconds")
    func repeated() throws {
        var gate = ChatRateLimiter(at: 0)
        func say(_ text: String, at now: Int64) throws(RoomFault) {
            try gate.check(text, at: now)
            gate.record(text, at: now)
        }
        try gate.check("a", at: 0)
        // The room may have refused it: then it was not said.
        try say("a", at: 1_000)
        #expect(throws: RoomFault.repeated) { try say("a", at: 30_999) }
        try say("a", at: 31_000)
        for number in 0..<4 { try say("b\(number)", at: 31_000) }
        #expect(throws: RoomFault.rateLimited) { try say("c", at: 31_000) }
        try say("c", at: 32_000)
    }

    @Test("A large drift is corrected at once, a small one at the second report, none while the player settles")
    func drift() throws {
        var scene = try PlaybackTests.playing()
        let begins = scene.playback.anchor.at
        func status(_ position: Int64, _ state: PlayerState = .playing) -> PlayerStatus {
            PlayerStatus(position: position, state: state)
        }
        var watch = DriftDetector()
        _ = watch.hasDrifted(status(0), scene.playback, roundTrip: 0, at: begins)
        #expect(!{ watch.hasDrifted(status(9_000), scene.playback, roundTrip: 0, at: begins + 1_499) }())
        #expect({ watch.hasDrifted(status(9_000), scene.playback, roundTrip: 0, at: begins + 1_500) }())
        #expect(!{ watch.hasDrifted(status(9_000), scene.playback, roundTrip: 0, at: begins + 3_000) }())
        #expect(!{ watch.hasDrifted(status(5_000), scene.playback, roundTrip: 0, at: begins + 5_000) }())
        #expect(!{ watch.hasDrifted(status(8_800), scene.playback, roundTrip: 0, at: begins + 10_000) }())
        #expect({ watch.hasDrifted(status(13_500), scene.playback, roundTrip: 0, at: begins + 15_000) }())
        #expect(!{ watch.hasDrifted(status(19_900), scene.playback, roundTrip: 0, at: begins + 20_000) }())
        #expect(!{ watch.hasDrifted(status(1, .buffering), scene.playback, roundTrip: 0, at: begins + 25_000) }())
        scene.now = begins + 30_000
        try scene.control(.pause(position: nil), by: "anna")
        #expect(!{ watch.hasDrifted(status(1, .paused), scene.playback, roundTrip: 0, at: begins + 30_100) }())
        #expect({ watch.hasDrifted(status(1, .paused), scene.playback, roundTrip: 0, at: begins + 32_000) }())
    }

    @Test("The clock follows the store's best sample gradually and never runs backwards")
    func clock() {
        var time = SlewedClock(guess: 5_000_000, ticks: 0)
        time.take(store: 1_000_000, sent: 0, received: 10)
        #expect(time.now(ticks: 10) == 1_000_005)
        // An answer that took longer says less.
        time.take(store: 1_009_000, sent: 1_000, received: 3_000)
        #expect(time.now(ticks: 3_000) == 1_002_995)
        // A better one counts, but a step becomes a slope.
        time.take(store: 1_005_000, sent: 4_000, received: 4_002)
        var last = time.now(ticks: 4_002)
        for ticks in stride(from: Int64(4_002), through: 30_000, by: 7) {
            let now = time.now(ticks: ticks)
            #expect(now >= last && now - last <= 9)
            last = now
        }
        #expect(time.now(ticks: 30_000) == 1_030_999)
    }

    @Test("The events after a sequence number are returned completely or not at all")
    func history() throws {
        var history = EventHistory()
        let scene = Scene()
        func event(_ sequence: Int64) throws -> StoredEvent {
            try StoredEvent(sequence: sequence, .roomChanged(scene.state), at: 1)
        }
        for sequence in 1...Int64(RoomLimits.history + 200) { history.append(try event(sequence)) }
        let last = Int64(RoomLimits.history + 200)
        #expect(history.after(last, upTo: last)?.isEmpty == true)
        #expect(history.after(last - 3, upTo: last)?.map(\.sequence) == [last - 2, last - 1, last])
        #expect(history.after(last - Int64(RoomLimits.history), upTo: last)?.count == RoomLimits.history)
        #expect(history.after(10, upTo: last) == nil)
        #expect(history.after(last + 1, upTo: last) == nil)
        #expect(history.after(last - 3, upTo: last + 1) == nil)
        #expect(EventHistory([try event(1), try event(3), try event(4)]).events.map(\.sequence) == [3, 4])
    }

    @Test("A new member is shown the last messages that were not deleted, and a repeated command is found")
    func chatHistory() throws {
        var scene = try PlaybackTests.playing()
        var history = EventHistory()
        for number in 0..<60 {
            scene.now += 2_000
            try scene.apply(.chat(member: "mem_anna", text: "\(number)", commandID: "c\(number)"))
        }
        var sequence: Int64 = 0
        var said: [String] = []
        for event in scene.events {
            sequence += 1
            let stored = try StoredEvent(sequence: sequence, event, at: 1)
            // What comes back from the store is what went in.
            #expect(StoredEvent(stored.text) == stored)
            history.append(stored)
            if case .messageSent(let message) = event { said.append(message.id) }
        }
        let removed = RoomEvent.messageDeleted(message: said[59], by: "mem_anna")
        history.append(try StoredEvent(sequence: sequence + 1, removed, at: 1))
        #expect(history.chat().count == 50)
        #expect(history.chat().last?.sequence == sequence - 1)
        #expect(history.chat(after: 0).count == 59 && history.chat(after: sequence).count == 50)
        let log = history.chatLog
        #expect(log.message(of: "c7", from: "mem_anna") == said[7] && log.message(of: "c7", from: "mem_ben") == nil)
        #expect(log.author(of: said[7]) == "mem_anna" && log.author(of: said[59]) == nil)
        #expect(log.message(of: "c59", from: "mem_anna") == said[59], "a deleted message is not sent again")
    }
}
