import MediaModel
import Packager
import Testing

@Suite("Boxes written by an independent muxer") struct BoxReaderTests {
    @Test("A video segment has its times, key frame and order") func video() throws {
        let segment = try FragmentReader.read(MuxedSample.videoSegment)
        #expect(segment.byteCount == 412 && segment.fragments.count == 1)
        #expect(segment.baseDecodeTicks == 0 && segment.ticks == 6 * 512 && segment.frames == 6)
        let fragment = try #require(segment.fragments.first)
        #expect(fragment.sequenceNumber == 1 && fragment.trackID == 1)
        #expect(fragment.samples.map(\.bytes.count) == [177, 19, 12, 11, 18, 11])
        #expect(fragment.samples.map(\.compositionOffset) == [1024, 2048, 512, 512, 1536, 512])
        #expect(fragment.samples.map(\.isSync) == [true, false, false, false, false, false])
        #expect(segment.startsWithSync && segment.keyFrameByteCount == 164 + 177)
        #expect(
            segment.record(index: 7, isVideo: true)
                == SegmentRecord(index: 7, byteCount: 412, ticks: 3072, frames: 6, keyFrameByteCount: 341))
    }

    @Test("An audio segment has no key frame range") func audio() throws {
        let segment = try FragmentReader.read(MuxedSample.audioSegment)
        // The last frame is shorter, since the encoder's input ended there.
        #expect(segment.ticks == 3 * 1024 + 832)
        #expect(segment.fragments[0].samples.map(\.bytes.count) == [23, 6, 6, 6])
        #expect(segment.record(index: 0, isVideo: false).keyFrameByteCount == 0)
    }

    @Test("A segment with several fragments has the sum of their durations and samples") func joined() throws {
        let segment = try FragmentReader.read(MuxedSample.videoSegment + MuxedSample.videoSegment)
        #expect(segment.fragments.count == 2 && segment.frames == 12 && segment.keyFrameByteCount == 341)
        #expect(segment.fragments[1].samples[0].bytes.lowerBound == 412 + 164)
    }

    @Test("An initialization segment has its brands, codecs, sizes and edits") func initialization() throws {
        let video = try InitializationReader.read(MuxedSample.videoInitialization)
        #expect(video.brands.contains("cmfc"))
        #expect(video.tracks.count == 1)
        #expect(video.tracks[0].handler == "vide" && video.tracks[0].sampleEntry == "avc1")
        #expect(video.tracks[0].codecString == "avc1.64000a")
        #expect(video.tracks[0].width == 64 && video.tracks[0].height == 36 && video.tracks[0].timescale == 12800)
        #expect(video.tracks[0].edits.map(\.mediaTicks) == [1024])
        let audio = try InitializationReader.read(MuxedSample.audioInitialization)
        #expect(audio.tracks[0].codecString == "mp4a.40.2" && audio.tracks[0].handler == "soun")
        #expect(audio.tracks[0].channels == 2 && audio.tracks[0].sampleRate == 48000)
        #expect(audio.tracks[0].edits.map(\.mediaTicks) == [1024])
    }

    @Test("A codec string needs a complete configuration")
    func codecStrings() {
        #expect(CodecString.avc(configuration: [1, 0x64, 0x00, 0x1F, 0xFF]) == "avc1.64001f")
        #expect(CodecString.avc(configuration: [1, 0x42, 0xC0, 0x0D]) == "avc1.42c00d")
        #expect(CodecString.avc(configuration: [0, 0x64, 0, 0x1F]) == nil)
        #expect(CodecString.avc(configuration: [1, 0x64, 0]) == nil)
        #expect(CodecString.mpeg4Audio(elementaryStream: []) == nil)
    }
}
