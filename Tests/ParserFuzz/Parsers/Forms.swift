import NIOCore

@testable import Ingest

extension FuzzedParser {
    private static let form =
        "--limit\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n--limit\r\n"
        + "Content-Disposition: form-data; name=\"file\"; filename=\"a\\\"b.mov\"\r\nContent-Type: video/quicktime\r\n\r\n"
        + "bytes\r\n--limi\r\n-\r\r\nmore\r\n--limit--\r\nepilogue"

    /// Forms and what stands in their headers.
    static let forms: [FuzzedParser] = [
        FuzzedParser(
            "multipart",
            texts: [
                form, "preamble\r\n" + form, "--limit--",
                "--limit\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--limit--\r\n",
            ],
            words: [
                "\r\n", "\r", "\n", "--limit", "\r\n--limit", "\r\n--limit--", "--", "; name=\"file\"",
                "Content-Disposition: form-data", ":", "\"",
            ]
        ) { text, chance in
            let bytes = Array(text.utf8)
            let whole = MultipartReading(bytes) { _ in bytes.count }
            let single = MultipartReading(bytes) { _ in 1 }
            var cuts = chance
            let pieces = MultipartReading(bytes) { _ in 1 + cuts.below(9) }
            try require(whole == single && whole == pieces, "the pieces in which a form comes change nothing")
            try require(whole.contents.reduce(0) { $0 + $1.count } <= bytes.count, "no more bytes than came")
        },
        FuzzedParser(
            "parameters",
            texts: [
                "form-data; name=\"file\"; filename=\"a b.mov\"", "multipart/form-data; boundary=----x",
                "a;b=c;B=\"d\\\\\"",
            ],
            words: [";", "=", "\"", "\\", "\\\"", " ", "boundary=", "filename*="]
        ) { text, _ in
            let value = ParameterizedValue(text.utf8)
            try require(
                value.parameters.keys.allSatisfy { !$0.isEmpty && $0 == $0.lowercased() }, "names in lower case")
            // Byte by byte: with a mark on it a quote is another character, but the same byte.
            let quoted = text.utf8.flatMap { $0 == 0x22 || $0 == 0x5C ? [0x5C, $0] : [$0] }
            let again = ParameterizedValue(Array("x; name=\"".utf8) + quoted + Array("\"; y=z".utf8))
            try require(again.parameters == ["name": text, "y": "z"], "a quoted text is read as it was written")
            guard let boundary = FormBoundary.parse(contentType: text) else { return }
            try require((1...70).contains(boundary.utf8.count), "a boundary of 1…70 bytes")
        },
    ]
}

/// What a form says when it comes in pieces.
private struct MultipartReading: Equatable {
    var parts: [MultipartPart] = []
    var contents: [[UInt8]] = []
    var failure: MultipartError?
    var isFinished = false

    init(_ bytes: [UInt8], _ length: (Int) -> Int) {
        var parser = MultipartParser(boundary: "limit")
        var start = 0
        do throws(MultipartError) {
            while start < bytes.count {
                let end = min(bytes.count, start + max(1, length(start)))
                for event in try parser.feed(ByteBuffer(bytes: bytes[start..<end])) { take(event) }
                start = end
            }
            try parser.finish()
        } catch {
            // What came in one piece with the fault is not told any more: only the fault itself is compared.
            self.parts = []
            self.contents = []
            self.failure = error
        }
        isFinished = parser.isFinished
    }

    private mutating func take(_ event: MultipartEvent) {
        switch event {
        case .part(let part):
            parts.append(part)
            contents.append([])
        case .bytes(let piece): contents[contents.count - 1] += Array(piece.readableBytesView)
        case .partEnd: break
        }
    }
}
