import Testing

@testable import Rooms

@Suite("Members whose players run out of data")
struct StallTests {
    @Test("Half a second without data stops the room where the member is; half a second with all ready starts it")
    func stall() throws {
        var scene = try PlaybackTests.playing()
        scene.now = scene.playback.anchor.at + 10_000
        try scene.apply(.buffering(member: "mem_ben", isBuffering: true, position: 9_000))
        try scene.pass(499)
        #expect(scene.playback.phase == .playing)
        try scene.pass(1)
        #expect(scene.playback.phase == .waiting)
        #expect(scene.playback.reason == .stall)
        #expect(scene.playback.by == "mem_ben")
        #expect(scene.position == 9_500)
        #expect(scene.state.pending == ["mem_ben"])
        try scene.ready("ben")
        try scene.pass(399)
        #expect(scene.playback.phase == .waiting)
        try scene.pass(1)
        #expect(scene.playback.phase == .playing)
    }

    @Test("A short gap does not stop the room")
    func shortGap() throws {
        var scene = try PlaybackTests.playing()
        scene.now += 10_000
        try scene.apply(.buffering(member: "mem_ben", isBuffering: true, position: 9_000))
        try scene.pass(400)
        try scene.apply(.buffering(member: "mem_ben", isBuffering: false, position: 9_000))
        try scene.pass(5_000)
        #expect(scene.playback.phase == .playing)
    }

    @Test("After three stalls within three minutes, the room does not wait for a member any more")
    func tooOften() throws {
        var scene = try PlaybackTests.playing()
        for round in 1...4 {
            try scene.pass(5_000)
            try scene.apply(.buffering(member: "mem_ben", isBuffering: true, position: scene.position))
            try scene.pass(500)
            #expect(scene.playback.phase == (round < 4 ? .waiting : .playing))
            try scene.ready("ben")
            try scene.pass(400)
        }
        #expect(try scene.member("ben").isExempt)
        try scene.control(.media(RoomVideo(id: "vid_2", title: "Other", duration: 50_000)), by: "anna")
        #expect(scene.state.pending.contains("mem_ben"))
    }

    @Test("A member whose connection broke is not awaited")
    func brokenConnection() throws {
        var scene = try PlaybackTests.playing()
        scene.now += 5_000
        try scene.control(.seek(position: 1), by: "anna")
        try scene.ready("anna")
        try scene.apply(.lost(member: "mem_ben", connection: "con_ben"))
        #expect(scene.playback.phase == .playing)
    }
}
