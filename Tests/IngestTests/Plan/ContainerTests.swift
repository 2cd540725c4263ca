import Ingest
import Testing

@Suite("Containers by their bytes") struct ContainerTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("Magic words") func magic() {
        #expect(Container(head: [0, 0, 0, 24] + bytes("ftypisom")) == .mp4)
        #expect(Container(head: [0, 0, 0, 8] + bytes("wide")) == .mp4)
        #expect(Container(head: [0x1a, 0x45, 0xdf, 0xa3, 0]) == .matroska)
        #expect(Container(head: bytes("RIFF____AVI LIST")) == .avi)
        #expect(Container(head: bytes("RIFF____WAVEfmt ")) == .wav)
        #expect(Container(head: bytes("FLV\u{1}")) == .flv)
        #expect(Container(head: bytes("ID3\u{4}")) == .mp3)
        #expect(Container(head: bytes("OggS")) == .ogg)
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

    @Test(
        "What points elsewhere, or is no container, is none",
        arguments: [
            "#EXTM3U\n#EXT-X-VERSION:3\nhttp://example.com/a.ts", "ffconcat version 1.0\nfile /etc/passwd",
            "<?xml version=\"1.0\"?><MPD>", "GIF89a", "\u{89}PNG", "%PDF-1.7", "MZ", "#!/bin/sh", "", "R", "RIFF",
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1",
        ])
    func refused(head: String) {
        #expect(Container(head: bytes(head)) == nil)
    }
}
