import AV
import Foundation
import MediaModel
import Testing

@Suite("Reading sources") struct DemuxerTests {
    private func open(_ name: String) throws -> FileHandle {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("fixtures/\(name)")
        return try FileHandle(forReadingFrom: file)
    }

    @Test("Streams, times and frames of a clip") func clip() throws {
        let file = try open("perf_bbb_1080p30_10s_51.mp4")
        var demuxer = try Demuxer(
            descriptor: file.fileDescriptor, format: "mov", codecs: ["h264", "aac"], maximumStreams: 8)
        let best = demuxer.bestStream(.video)
        let video = try #require(best)
        #expect(demuxer.streams[video].codec == "h264" && demuxer.streams[video].width == 1920)
        demuxer.select([video])
        var decoder = try Decoder(
            demuxer: demuxer, stream: video, allowed: ["h264"], threads: 1, maximumPixels: 1920 * 1088)
        let packet = try Packet()
        var frames = 0
        var last: Int64 = -1
        while frames < 20, demuxer.read(into: packet) {
            // Packets that were read to find the streams are returned too.
            guard packet.streamIndex == video else { continue }
            _ = try decoder.send(packet)
            while case .output(let frame) = try decoder.receive() {
                let time = try #require(frame.presentationTime)
                #expect(time > last && frame.width == 1920 && frame.height == 1080)
                last = time
                frames += 1
            }
        }
        #expect(frames >= 20)
    }

    @Test("A demuxer for another format than that of the bytes fails") func wrongDemuxer() throws {
        let file = try open("perf_bbb_1080p30_10s_51.mp4")
        let failure = #expect(throws: AVFailure.self) {
            let demuxer = try Demuxer(
                descriptor: file.fileDescriptor, format: "matroska", codecs: ["h264"], maximumStreams: 8)
            _ = demuxer.streams
        }
        #expect(failure?.kind == .invalidData)
    }

    @Test("A decoder that is not allowed is not opened") func notAllowed() throws {
        let file = try open("perf_bbb_1080p30_10s_51.mp4")
        let failure = #expect(throws: AVFailure.self) {
            let demuxer = try Demuxer(
                descriptor: file.fileDescriptor, format: "mov", codecs: [], maximumStreams: 8)
            let decoder = try Decoder(demuxer: demuxer, stream: 0, allowed: [], threads: 1, maximumPixels: 1 << 24)
            _ = consume decoder
        }
        #expect(failure?.kind == .decoderMissing)
    }

    @Test("A descriptor that is not a regular file is refused") func notAFile() throws {
        let failure = #expect(throws: AVFailure.self) {
            let demuxer = try Demuxer(descriptor: -1, format: "mov", codecs: [], maximumStreams: 8)
            _ = demuxer.streams
        }
        #expect(failure?.reason == "the source is not a file")
    }
}

@Suite("Drawing") struct CanvasTests {
    @Test("A canvas is encoded as a JPEG, also with shapes beyond its edges") func jpeg() throws {
        let canvas = try Canvas(width: 33, height: 17, luma: 128)
        #expect(canvas.width == 32 && canvas.height == 16)
        canvas.fill(x: -10, y: -10, width: 1000, height: 12, luma: 255)
        canvas.fill(x: 40, y: 40, width: 5, height: 5, luma: 0)
        let bytes = try canvas.jpeg(quality: 4)
        #expect(bytes.prefix(2) == [0xff, 0xd8] && bytes.suffix(2) == [0xff, 0xd9])
    }

    @Test("A canvas is encoded as a WebP of another width and the same shape") func webp() throws {
        let canvas = try Canvas(width: 128, height: 64, luma: 200)
        canvas.fill(x: 0, y: 0, width: 64, height: 64, luma: 20)
        let bytes = try canvas.webp(width: 65, quality: 80)
        #expect(bytes.prefix(4) == Array("RIFF".utf8)[...] && bytes[8..<16] == Array("WEBPVP8 ".utf8)[...])
        // A key frame of VP8 has its width and height after a start code.
        #expect(bytes[26..<30] == [64, 0, 32, 0])
        #expect(try canvas.webp(width: 64, quality: 5).count < bytes.count)
    }
}
