import Ingest
import NIOCore
import Testing

@Suite("Multipart form parser")
struct MultipartParserTests {
    /// A part with its bytes put together.
    struct Part: Equatable {
        var head: MultipartPart
        var bytes: [UInt8] = []
        var ended = false
    }

    static let boundary = "----x9"

    static func parse(_ pieces: [[UInt8]], boundary: String = boundary, maximumParts: Int = 64) throws -> [Part] {
        var parser = MultipartParser(boundary: boundary, maximumHeaderBytes: 512, maximumParts: maximumParts)
        var parts: [Part] = []
        for piece in pieces {
            for event in try parser.feed(ByteBuffer(bytes: piece)) {
                switch event {
                case .part(let head):
                    #expect(parts.last?.ended ?? true)
                    parts.append(Part(head: head))
                case .bytes(let buffer):
                    #expect(buffer.readableBytes > 0)
                    parts[parts.count - 1].bytes += Array(buffer.readableBytesView)
                case .partEnd: parts[parts.count - 1].ended = true
                }
            }
        }
        try parser.finish()
        return parts
    }

    static func parse(_ text: String) throws -> [Part] { try parse([Array(text.utf8)]) }

    static let title = "--\(boundary)\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n"
    /// Full of what looks like a boundary and is none.
    static let content = "\r\n\r\r\n--\r\n----x\r\n------x\r\r\n------x8\r\n----x9-\r\n"
    static let file =
        "--\(boundary)\r\ncontent-disposition: form-data; filename=\"a \\\"b\\\".mp4\"; name=file\r\n"
        + "Content-Type: video/mp4; q=1\r\n\r\n\(content)\r\n"
    static let end = "--\(boundary)--\r\n"

    static let titlePart = Part(
        head: MultipartPart(name: "title", fileName: nil, contentType: nil), bytes: Array("A title".utf8), ended: true)
    static let filePart = Part(
        head: MultipartPart(name: "file", fileName: "a \"b\".mp4", contentType: "video/mp4"),
        bytes: Array(content.utf8), ended: true)

    @Test("title and file are read in either order")
    func orders() throws {
        #expect(try Self.parse(Self.title + Self.file + Self.end) == [Self.titlePart, Self.filePart])
        #expect(try Self.parse(Self.file + Self.title + Self.end) == [Self.filePart, Self.titlePart])
    }

    @Test("it does not matter where the bytes are cut")
    func everySplit() throws {
        let bytes = Array(("preamble\r\n" + Self.file + Self.title + Self.end + "epilogue").utf8)
        for cut in 0...bytes.count {
            let parts = try Self.parse([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(parts == [Self.filePart, Self.titlePart], "cut at \(cut)")
        }
        for length in 1...9 {
            let pieces = stride(from: 0, to: bytes.count, by: length).map {
                Array(bytes[$0..<min($0 + length, bytes.count)])
            }
            #expect(try Self.parse(pieces) == [Self.filePart, Self.titlePart], "pieces of \(length)")
        }
    }

    @Test("every pair of cuts inside a boundary")
    func everyTwoCuts() throws {
        let bytes = Array(
            ("--\(Self.boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--\r\n----x9X\r\n"
                + "--\(Self.boundary)--").utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let parts = try Self.parse([
                    Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...]),
                ])
                #expect(parts.first?.bytes == Array("\r\n--\r\n----x9X".utf8))
            }
        }
    }

    @Test("empty parts, empty forms and padding behind a boundary")
    func empty() throws {
        #expect(try Self.parse("--\(Self.boundary)--").isEmpty)
        let part = try Self.parse(
            "--\(Self.boundary) \t\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\n--\(Self.boundary)--")
        #expect(part == [Part(head: MultipartPart(name: "", fileName: nil, contentType: nil), ended: true)])
    }

    @Test("random bytes come out as they went in, whatever the pieces")
    func randomBytes() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            // Mostly the bytes that a boundary is made of.
            let alphabet = Array("\r\n-x9".utf8)
            var content: [UInt8] = (0..<2000).map { _ in alphabet[Int(random.next() % 5)] }
            // A boundary in the content would be one.
            content = content.map { $0 == UInt8(ascii: "9") && random.next() % 2 == 0 ? 0xFF : $0 }
            let delimiter = Array("\r\n--\(Self.boundary)".utf8)
            guard
                !(0..<(content.count - delimiter.count)).contains(where: {
                    content[$0..<($0 + delimiter.count)].elementsEqual(delimiter)
                })
            else { continue }
            let head = "--\(Self.boundary)\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"
            let bytes = Array(head.utf8) + content + delimiter + Array("--".utf8)
            var pieces: [[UInt8]] = []
            var position = 0
            while position < bytes.count {
                let length = min(Int(random.next() % 40), bytes.count - position)
                pieces.append(Array(bytes[position..<(position + length)]))
                position += length
            }
            #expect(try Self.parse(pieces).first?.bytes == content)
        }
    }

    @Test(
        "a body that stops early is unfinished",
        arguments: ["", "junk", "--\(boundary)", "--\(boundary)-", title, title + file, title + "--\(boundary)"])
    func unfinished(text: String) {
        #expect(throws: MultipartError.unfinished) { try Self.parse(text) }
    }

    @Test(
        "what does not follow the form is refused",
        arguments: [
            "--\(boundary)x\r\n", "--\(boundary)-x", "--\(boundary)\rx",
            "--\(boundary)\r\nContent-Disposition: attachment; name=a\r\n\r\n",
            "--\(boundary)\r\nContent-Disposition: form-data\r\n\r\n", "--\(boundary)\r\n\r\n",
        ])
    func malformed(text: String) {
        #expect { try Self.parse(text) } throws: { error in
            if case .malformed? = error as? MultipartError { true } else { false }
        }
    }

    @Test("headers and parts have limits")
    func limits() {
        let long = "--\(Self.boundary)\r\nX: " + String(repeating: "a", count: 600)
        #expect(throws: MultipartError.headersTooLong) { try Self.parse(long) }
        let many = String(repeating: Self.title, count: 65) + Self.end
        #expect(throws: MultipartError.tooManyParts) { try Self.parse(many) }
    }

    @Test(
        "the boundary is read from the content type",
        arguments: [
            ("multipart/form-data; boundary=abc", "abc"),
            ("Multipart/Form-Data;charset=x; Boundary=\"a b;c\"", "a b;c"),
            ("multipart/form-data; boundary=\"a\\\"b\"", "a\"b"),
        ])
    func boundaries(contentType: String, expected: String) {
        #expect(FormBoundary.parse(contentType: contentType) == expected)
    }

    @Test(
        "a content type without a usable boundary has none",
        arguments: [
            "", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a",
            "application/json", "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=ä",
            "multipart/form-data; boundary=" + String(repeating: "a", count: 71),
        ])
    func noBoundary(contentType: String) {
        #expect(FormBoundary.parse(contentType: contentType) == nil)
    }
}
