import Foundation
import Testing

@testable import AV

@Suite("Copied packets") struct FragmentMuxerTests {
    @Test("The ADTS headers of AAC frames are removed, and the track gets their configuration") func adts() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("fixtures/perf_bbb_720p25_117s_51.ts")
        let handle = try FileHandle(forReadingFrom: file)
        var demuxer = try Demuxer(
            descriptor: handle.fileDescriptor, format: "mpegts", codecs: ["h264", "aac"], maximumStreams: 8)
        let best = demuxer.bestStream(.audio)
        let audio = try #require(best)
        demuxer.select([audio])
        var muxer = try FragmentMuxer(copying: audio, of: demuxer, timescale: 48_000, firstSegment: 0)
        let packet = try Packet()
        var (frames, bytes) = (0, 0)
        while frames < 10, demuxer.read(into: packet) {
            guard packet.streamIndex == audio else { continue }
            bytes += packet.byteCount - 7  // ISO/IEC 14496-3 1.A.3.2: the header, without a checksum
            packet.setTimes(presentation: Int64(frames * 1024), decoding: Int64(frames * 1024), duration: 1024)
            packet.dropSideData()
            try muxer.write(packet)
            frames += 1
        }
        let cut = try muxer.cut()
        let initialization = try #require(cut.initialization)
        #expect(Data(initialization).range(of: Data("esds".utf8)) != nil)
        let media = try #require(Data(cut.fragment).range(of: Data("mdat".utf8)))
        #expect(cut.fragment.count - media.upperBound == bytes)
    }

    @Test(
        "Dolby Vision with an IPT-PQ-c2 base layer needs a Dolby Vision decoder",
        arguments: [
            (5, 0, true), (7, 6, false), (8, 1, false), (8, 4, false), (9, 2, false), (10, 0, true), (10, 1, false),
        ])
    func dolbyVision(profile: Int, compatibility: Int, isNeeded: Bool) {
        #expect(StreamFacts.DolbyVision(profile: profile, compatibility: compatibility).isNeeded == isNeeded)
    }
}
