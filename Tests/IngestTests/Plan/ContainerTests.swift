import Ingest
import Testing

@Suite("Containers by their bytes") struct ContainerTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("Magic numbers") func magic() {
        #expect(Container(head: [0, 0, 0, 24] + bytes("ftypisom")) == .mp4)
        #expect(Container(head: [0, 0, 0, 8] + bytes("wide")) == .mp4)
        #expect(Container(head: [0x1a, 0x45, 0xdf, 0xa3, 0]) == .matroska)
        #expect(Container(head: bytes("RIFF____AVI LIST")) == .avi)
        #expect(Container(head: bytes("RIFF____WAVEfmt ")) == .wav)
        #expect(Container(head: bytes("FLV\u{1}")) == .flv)
        #expect(Container(head: bytes("ID3\u{4}")) == .mp3)
        #expect(Container(head: bytes("OggS")) == .ogg)
        #expect(Container(head: bytes("RF64____WAVEds64")) == .wav)
        #expect(Container(head: bytes("BW64____WAVEds64")) == .wav)
        #expect(Container(head: bytes("riff") + [UInt8](repeating: 1, count: 20) + bytes("wave")) == .w64)
        #expect(Container(head: bytes("FORM____AIFFCOMM")) == .aiff)
        #expect(Container(head: bytes("FORM____AIFCFVER")) == .aiff)
        #expect(Container(head: bytes("FORM____ILBM")) == nil)
        #expect(Container(head: bytes("caff") + [0, 1, 0, 0]) == .caf)
        #expect(Container(head: bytes("#!AMR-WB\n")) == .amr)
        #expect(Container(head: bytes("wvpk")) == .wavpack)
        #expect(Container(head: bytes("GIF89a")) == .gif)
        #expect(Container(head: bytes(".snd") + [0, 0, 0, 24]) == .au)
        #expect(Container(head: bytes("TTA1")) == .tta)
        #expect(Container(head: [0x7f, 0xfe, 0x80, 0x01]) == .dts)
        #expect(Container(head: [0x0b, 0x77, 0, 0, 0x14, 0x40, 0x43]) == .ac3)
        #expect(Container(head: [0x0b, 0x77, 0, 0, 0x3f, 0x80, 0x43]) == .eac3)
        #expect(Container(head: [0xff, 0xfd, 0x84, 0x04]) == .mp3)
        // A text in UTF-16.
        #expect(Container(head: [0xff, 0xfe, 0x41, 0x00]) == nil)
    }

    /// An ID3 tag of so many bytes without its header.
    private func tag(_ count: Int, flags: UInt8 = 0) -> [UInt8] {
        let size = [21, 14, 7, 0].map { UInt8(count >> $0 & 0x7f) }
        return bytes("ID3") + [4, 0, flags] + size + [UInt8](repeating: 0, count: count)
    }

    @Test("What stands behind tags counts, however long they are") func tags() {
        func found(_ file: [UInt8]) -> Container? {
            Container { offset in Array(file.dropFirst(Int(offset)).prefix(Container.headLength)) }
        }
        #expect(found(tag(100) + bytes("fLaC")) == .flac)
        #expect(found(tag(100_000) + [0xff, 0xf1, 0x50, 0x80]) == .adts)
        #expect(found(tag(10) + tag(20) + bytes("fLaC")) == .flac)
        #expect(found(tag(30, flags: 0x10) + [UInt8](repeating: 0, count: 10) + bytes("fLaC")) == .flac)
        #expect(found(tag(10) + bytes("RIFF____WAVEfmt ")) == .wav)
        #expect(found(tag(10) + [UInt8](repeating: 0, count: 4000)) == .mp3)
        #expect(found(tag(10) + bytes("#EXTM3U")) == .mp3)
        #expect(found(bytes("ID3")) == .mp3)
        #expect(found([]) == nil)
        // Tags without end are not followed without end.
        #expect(found((0..<1000).flatMap { _ in tag(1) } + bytes("fLaC")) == .mp3)
    }

    @Test("Audio that begins in the middle of a frame", arguments: [0, 1, 50])
    func frames(cut: Int) {
        let adts: [UInt8] = [0xff, 0xf1, 0x50, 0x80, 0x0c, 0x9f, 0xfc] + [UInt8](repeating: 0x21, count: 93)
        #expect(Container(head: Array((0..<8).flatMap { _ in adts }.dropFirst(cut))) == .adts)
        // 128 kbit/s at 44.1 kHz: 417 bytes.
        let layer3: [UInt8] = [0xff, 0xfb, 0x90, 0x64] + [UInt8](repeating: 0x21, count: 413)
        #expect(Container(head: Array((0..<8).flatMap { _ in layer3 }.dropFirst(cut))) == .mp3)
        #expect(Container(head: Array(adts.dropFirst(max(1, cut)))) == nil)
    }

    @Test("Transport streams by their sync bytes") func transportStream() {
        var plain = [UInt8](repeating: 0, count: 188 * 5)
        for offset in stride(from: 0, to: plain.count, by: 188) { plain[offset] = 0x47 }
        #expect(Container(head: plain) == .mpegts)
        plain[188 * 3] = 0
        #expect(Container(head: plain) == nil)
        var timed = [UInt8](repeating: 0, count: 192 * 5)
        for offset in stride(from: 4, to: timed.count, by: 192) { timed[offset] = 0x47 }
        #expect(Container(head: timed) == .mpegts)
    }

    @Test("A transport stream that does not begin at a packet", arguments: [188, 192, 204])
    func midPacket(size: Int) {
        let packet: [UInt8] = [0x47, 0x40] + (2..<size).map { UInt8($0 % 64) }
        let stream = (0..<20).flatMap { _ in packet }
        for cut in [1, 100, size - 1] { #expect(Container(head: Array(stream.dropFirst(cut))) == .mpegts) }
        #expect(Container(head: [UInt8](repeating: 0, count: 3000) + stream) == .mpegts)
        #expect(Container(head: Array(stream.dropFirst(1).prefix(6 * size))) == nil)
    }

    @Test(
        "What points elsewhere, or is no container, is none",
        arguments: [
            "#EXTM3U\n#EXT-X-VERSION:3\nhttp://example.com/a.ts", "ffconcat version 1.0\nfile /etc/passwd",
            "<?xml version=\"1.0\"?><MPD>", "GIF90a", "\u{89}PNG", "%PDF-1.7", "MZ", "#!/bin/sh", "", "R", "RIFF",
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1",
        ])
    func refused(head: String) {
        #expect(Container(head: bytes(head)) == nil)
    }
}
