import Catalog
import Testing

@testable import Rooms

@Suite("Playback")
struct PlaybackTests {
    /// Two members who have loaded, in a room that plays.
    static func playing() throws -> Scene {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.ready("anna", "ben")
        try scene.control(.play, by: "anna")
        return scene
    }

    @Test("All players start at the same moment, later than the slowest round trip")
    func lead() throws {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.ready("anna", roundTrip: 10)
        try scene.ready("ben", roundTrip: 400)
        try scene.control(.play, by: "anna")
        #expect(scene.playback.phase == .playing)
        #expect(scene.playback.anchor.at == scene.now + 950)
        #expect(scene.playback.by == "mem_anna")
        scene.now += 950
        #expect(scene.position == 0)
        scene.now += 2_500
        #expect(scene.position == 2_500)
    }

    @Test(
        "The lead has a least and a most", arguments: [(0, 300), (75, 300), (76, 302), (600, 1350), (9_000, 1500)])
    func leads(roundTrip: Int64, lead: Int64) {
        #expect(RoomLimits.lead(roundTrip: roundTrip) == lead)
    }

    @Test("Play waits for members who have not loaded, until the last one has")
    func waitsForLoading() throws {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.ready("anna")
        try scene.control(.play, by: "anna")
        #expect(scene.playback.phase == .waiting)
        #expect(scene.state.pending == ["mem_ben"])
        try scene.ready("ben")
        #expect(scene.playback.phase == .playing)
        #expect(scene.playback.reason == .ready)
    }

    @Test("A member who is not ready by the deadline is not awaited any more")
    func deadline() throws {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.ready("anna")
        try scene.control(.play, by: "anna")
        try scene.pass(11_999)
        #expect(scene.playback.phase == .waiting)
        try scene.pass(1)
        #expect(scene.playback.phase == .playing)
        #expect(scene.playback.reason == .timeout)
        #expect(try scene.member("ben").isExempt)
    }

    @Test("A member who controls playback may end the wait")
    func skip() throws {
        var scene = Scene()
        try scene.join("anna")
        try scene.join("ben")
        try scene.control(.play, by: "anna")
        try scene.control(.skipWait, by: "anna")
        #expect(scene.playback.phase == .playing)
        #expect(throws: RoomFault.invalidState) { try scene.control(.skipWait, by: "anna") }
    }

    @Test("A pause is at the member's own position if it is near the room's, else at the room's")
    func pause() throws {
        var scene = try Self.playing()
        scene.now = scene.playback.anchor.at + 10_000
        try scene.control(.pause(position: 10_900), by: "ben")
        #expect(scene.playback.phase == .paused)
        #expect(scene.playback.anchor.position == 10_900)
        var other = try Self.playing()
        other.now = other.playback.anchor.at + 10_000
        try other.control(.pause(position: 12_000), by: "ben")
        #expect(other.playback.anchor.position == 10_000)
        let revision = other.playback.revision
        try other.control(.pause(position: nil), by: "anna")
        #expect(other.playback.revision == revision)
    }

    @Test("A seek during playback waits for all members; a seek in a pause does not")
    func seek() throws {
        var scene = try Self.playing()
        try scene.control(.seek(position: 60_000), by: "anna")
        #expect(scene.playback.phase == .waiting)
        #expect(scene.playback.wait?.resumeTo == .playing)
        #expect(scene.state.pending == ["mem_anna", "mem_ben"])
        #expect(scene.position == 60_000)
        try scene.ready("anna", "ben")
        #expect(scene.playback.phase == .playing)
        try scene.control(.pause(position: nil), by: "anna")
        try scene.control(.seek(position: 9_000_000), by: "ben")
        #expect(scene.playback.phase == .paused)
        #expect(scene.position == 600_000)
    }

    @Test("A ready report for an earlier load does not count")
    func staleReady() throws {
        var scene = try Self.playing()
        let before = scene.playback.revision
        try scene.control(.seek(position: 60_000), by: "anna")
        try scene.apply(.ready(member: "mem_anna", revision: before, roundTrip: 1))
        try scene.apply(.ready(member: "mem_ben", revision: before, roundTrip: 1))
        #expect(scene.playback.phase == .waiting)
        try scene.apply(.ready(member: "mem_anna", revision: scene.playback.revision + 1, roundTrip: 1))
        #expect(scene.state.pending == ["mem_anna", "mem_ben"])
    }

    @Test("Repeated seeks cannot extend a wait beyond its limit")
    func endlessSeeks() throws {
        var scene = try Self.playing()
        let begin = scene.now
        while scene.playback.phase != .playing || scene.now == begin {
            try scene.control(.seek(position: Int64.random(in: 0..<500_000)), by: "anna")
            try scene.pass(5_000)
            #expect(scene.now <= begin + 35_000)
        }
        #expect(scene.playback.reason == .timeout)
    }

    @Test("A large room seeks without waiting")
    func largeRoom() throws {
        var scene = Scene()
        for number in 0..<21 { try scene.join("m\(number)") }
        for number in 0..<21 { try scene.ready("m\(number)") }
        try scene.control(.play, by: "m0")
        try scene.control(.seek(position: 60_000), by: "m1")
        #expect(scene.playback.phase == .playing)
        #expect(scene.playback.anchor.position == 60_000)
        #expect(scene.playback.anchor.at > scene.now)
    }

    @Test("A new rate starts at the position that the old one has reached")
    func rate() throws {
        var scene = try Self.playing()
        scene.now = scene.playback.anchor.at + 10_000
        try scene.control(.rate(2), by: "anna")
        #expect(scene.position == 10_000)
        scene.now += 1_000
        #expect(scene.position == 12_000)
        for rate in [0.2, 2.01, -1, .nan, .infinity] {
            #expect(throws: RoomFault.malformed) { try scene.control(.rate(rate), by: "anna") }
        }
    }

    @Test("A rate that is set before the start does not change the moment of the start")
    func rateBeforeStart() throws {
        var scene = try Self.playing()
        let begins = scene.playback.anchor.at
        try scene.control(.rate(2), by: "anna")
        #expect(scene.playback.anchor.at == begins)
        scene.now = begins + 1_000
        #expect(scene.position == 2_000)
    }

    @Test("Another video starts at its beginning once all members have loaded it")
    func media() throws {
        var scene = try Self.playing()
        scene.now += 20_000
        try scene.control(.media(RoomVideo(id: "vid_2", title: "Other", duration: 5_000)), by: "ben")
        #expect(scene.playback.phase == .waiting)
        #expect(scene.playback.video.id == "vid_2")
        #expect(scene.position == 0)
        try scene.ready("anna", "ben")
        #expect(scene.playback.phase == .playing)
    }

    @Test("A video counts as ended a little after its end, and play starts it again")
    func end() throws {
        var scene = try Self.playing()
        try scene.pass(600_000 + 300 + 1_999)
        #expect(scene.playback.phase == .playing)
        try scene.pass(1)
        #expect(scene.playback.phase == .ended)
        #expect(scene.position == 600_000)
        try scene.control(.play, by: "anna")
        #expect(scene.position == 0)
        #expect(scene.playback.phase == .waiting)
    }

    @Test("A control for an earlier revision is refused")
    func stale() throws {
        var scene = try Self.playing()
        let base = scene.playback.revision
        try scene.control(.seek(position: 5), by: "anna", base: base)
        #expect(throws: RoomFault.stale) { try scene.control(.seek(position: 6), by: "ben", base: base) }
        #expect(scene.position == 5)
    }

    @Test("Only the host and cohosts control a room in host mode")
    func mode() throws {
        var scene = Scene(mode: .host)
        try scene.join("anna", user: "usr_owner")
        try scene.join("ben")
        #expect(throws: RoomFault.notAllowed) { try scene.control(.play, by: "ben") }
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .cohost))
        try scene.control(.play, by: "ben")
        #expect(throws: RoomFault.memberNotFound) { try scene.control(.play, by: "nobody") }
    }

    @Test("A member who joins during playback does not stop it")
    func lateJoin() throws {
        var scene = try Self.playing()
        let revision = scene.playback.revision
        try scene.join("late")
        #expect(scene.playback.revision == revision)
        try scene.control(.pause(position: nil), by: "anna")
        try scene.control(.play, by: "anna")
        #expect(scene.playback.phase == .playing)
        try scene.ready("late")
        try scene.control(.seek(position: 3), by: "anna")
        #expect(scene.state.pending.contains("mem_late"))
    }
}
