import AV
import MediaModel
import Testing

@testable import Transcoder

@Suite("Audio of a rendition", .ownThread) struct AudioMixerTests {
    @Test("The last four frames before any read position can be read again")
    func again() throws {
        let fixture = try Fixture("perf_bbb_1080p30_10s_51.mp4")
        let plan = try #require(fixture.plan.audio.first)
        var mixer = try AudioMixer(fixture.source, plan: plan)
        var blocks: [[[Float]]] = []
        // After the end there is silence, which is read like audio.
        for block in 0..<1000 {
            blocks.append(try mixer.read(Int64(block * 1024), count: 1024))
            mixer.discard(before: Int64((block - 8) * 1024))
            guard block >= 4 else { continue }
            #expect(try mixer.read(Int64((block - 4) * 1024), count: 1024) == blocks[block - 4], "\(block)")
        }
    }

    @Test("Audio read after a seek equals audio read from the start, to the sample")
    func seek() throws {
        let fixture = try Fixture("perf_bbb_720p25_117s_51.ts")
        let plan = try #require(fixture.plan.audio.first)
        let start = Int64(40 * plan.sampleRate + 5)
        var demuxer = try fixture.source.open(plan.streamIndex, nil)
        let entry = AudioEntry(plan, wanted: start, isExact: true, seeking: &demuxer, try Packet())
        #expect(entry != nil)
        var whole = try AudioMixer(fixture.source, plan: plan)
        var part = try AudioMixer(fixture.source, plan: plan, from: start)
        for block in 0..<8 {
            let place = start + Int64(block * 4096)
            let (all, some) = (try whole.read(place, count: 4096), try part.read(place, count: 4096))
            #expect(all == some && all[0].contains { $0 != 0 }, "\(block)")
        }
    }

    @Test("Audio read from the middle equals audio read from the start")
    func middle() throws {
        let fixture = try Fixture("perf_bbb_1080p30_10s_51.mp4")
        let plan = try #require(fixture.plan.audio.first)
        var whole = try AudioMixer(fixture.source, plan: plan)
        var part = try AudioMixer(fixture.source, plan: plan)
        _ = try part.read(300 * 1024, count: 1024)
        for block in 0..<310 {
            let read = try whole.read(Int64(block * 1024), count: 1024)
            if block >= 300 { #expect(try part.read(Int64(block * 1024), count: 1024) == read, "\(block)") }
        }
    }
}
