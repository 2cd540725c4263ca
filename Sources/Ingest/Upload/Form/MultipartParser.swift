public import NIOCore

/// An event of a multipart body, in the order of the bytes.
public enum MultipartEvent: Sendable, Hashable {
    /// A part starts; its bytes follow.
    case part(MultipartPart)
    /// Bytes of the part.
    case bytes(ByteBuffer)
    /// The part is over.
    case partEnd
}

/// The headers of a part that matter in a form (RFC 7578).
public struct MultipartPart: Sendable, Hashable {
    /// The field's name.
    public let name: String
    /// The file's name; `nil` for a plain field.
    public let fileName: String?
    /// The part's media type, as the client claims it.
    public let contentType: String?

    /// A part's headers.
    public init(name: String, fileName: String?, contentType: String?) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
    }
}

/// A fault of a multipart body; the client has caused it.
public enum MultipartError: Error, Hashable, Sendable {
    /// The bytes do not follow the form; the text says where.
    case malformed(String)
    /// A part's headers are longer than the limit.
    case headersTooLong
    /// More parts than the limit.
    case tooManyParts
    /// The body ended before its last boundary.
    case unfinished
}

/// Reads `multipart/form-data` from pieces of any size and holds no more than one part's headers.
///
/// A pure state machine: bytes in, events out. The bytes of a part come out as slices of what went in.
public struct MultipartParser: Sendable {
    private enum State: Sendable {
        /// Before the first boundary; bytes here are ignored.
        case preamble
        /// After a boundary: two hyphens end the body, a line end starts a part.
        case afterBoundary
        /// After a boundary and one hyphen.
        case afterHyphen
        /// After a boundary's carriage return.
        case boundaryLineEnd
        /// In the lines of a part's headers.
        case headers
        /// In the bytes of a part.
        case content
        /// After the last boundary; bytes here are ignored.
        case epilogue
    }

    /// Line end, two hyphens and the boundary. A carriage return can only be its first byte.
    private let delimiter: [UInt8]
    private let maximumHeaderBytes: Int
    private let maximumParts: Int
    private var state = State.preamble
    /// Bytes of the delimiter that the input's last bytes match. The body's start counts as a line's start.
    private var matched = 2
    private var headerBytes: [UInt8] = []
    private var partCount = 0

    /// A parser for bodies with this boundary.
    /// - Parameters:
    ///   - boundary: As ``FormBoundary`` reads it.
    ///   - maximumHeaderBytes: Most bytes of one part's headers.
    ///   - maximumParts: Most parts of the body.
    public init(boundary: String, maximumHeaderBytes: Int = 8 * 1024, maximumParts: Int = 64) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumParts = maximumParts
    }

    /// Whether the last boundary has been read.
    public var isFinished: Bool { if case .epilogue = state { true } else { false } }

    /// Takes the next bytes of the body.
    /// - Returns: The events. Bytes that may begin a boundary are held back until the next bytes decide it.
    /// - Throws: ``MultipartError``; the parser cannot be used afterwards.
    public mutating func feed(_ input: ByteBuffer) throws(MultipartError) -> [MultipartEvent] {
        var input = input
        var events: [MultipartEvent] = []
        while input.readableBytes > 0 {
            switch state {
            case .preamble, .content:
                readContent(&input, &events)
            case .epilogue:
                return events
            default:
                guard let byte = input.readInteger(as: UInt8.self) else { return events }
                try readLine(byte, &events)
            }
        }
        return events
    }

    /// Ends the input.
    /// - Throws: ``MultipartError/unfinished``.
    public func finish() throws(MultipartError) {
        guard isFinished else { throw .unfinished }
    }

    // MARK: - Content

    private mutating func readContent(_ input: inout ByteBuffer, _ events: inout [MultipartEvent]) {
        if matched > 0, !continueMatch(&input, &events) { return }
        guard input.readableBytes > 0 else { return }
        let scan = scanForDelimiter(input)
        if scan.content > 0, let content = input.readSlice(length: scan.content) { emit(content, &events) }
        input.moveReaderIndex(forwardBy: scan.matched)
        matched = scan.matched
        if matched == delimiter.count { endContent(&events) }
    }

    /// Compares the input with the rest of a delimiter that earlier bytes began.
    /// - Returns: Whether content continues here.
    private mutating func continueMatch(_ input: inout ByteBuffer, _ events: inout [MultipartEvent]) -> Bool {
        while matched < delimiter.count {
            guard let byte = input.getInteger(at: input.readerIndex, as: UInt8.self) else { return false }
            guard byte == delimiter[matched] else {
                // Only its first byte is a carriage return, so the held bytes contain no shorter match.
                if case .content = state { events.append(.bytes(ByteBuffer(bytes: delimiter[..<matched]))) }
                matched = 0
                return true
            }
            input.moveReaderIndex(forwardBy: 1)
            matched += 1
        }
        endContent(&events)
        return false
    }

    /// The end of the content: a complete delimiter, or the beginning of one at the end of the input.
    private func scanForDelimiter(_ input: ByteBuffer) -> (content: Int, matched: Int) {
        let view = input.readableBytesView
        if let found = MultipartScan.first(delimiter, in: input) { return (found, delimiter.count) }
        let tail = view.suffix(delimiter.count - 1)
        guard let start = tail.lastIndex(of: UInt8(ascii: "\r")),
            delimiter.starts(with: tail[start...])
        else { return (view.count, 0) }
        let held = tail.distance(from: start, to: tail.endIndex)
        return (view.count - held, held)
    }

    private mutating func endContent(_ events: inout [MultipartEvent]) {
        if case .content = state { events.append(.partEnd) }
        matched = 0
        state = .afterBoundary
    }

    private func emit(_ content: ByteBuffer, _ events: inout [MultipartEvent]) {
        if case .content = state { events.append(.bytes(content)) }
    }

    // MARK: - Lines

    private mutating func readLine(_ byte: UInt8, _ events: inout [MultipartEvent]) throws(MultipartError) {
        switch state {
        case .afterBoundary:
            switch byte {
            case UInt8(ascii: "-"): state = .afterHyphen
            case UInt8(ascii: "\r"): state = .boundaryLineEnd
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            default: throw .malformed("text behind a boundary")
            }
        case .afterHyphen:
            guard byte == UInt8(ascii: "-") else { throw .malformed("text behind a boundary") }
            state = .epilogue
        case .boundaryLineEnd:
            guard byte == UInt8(ascii: "\n") else { throw .malformed("a carriage return without a line feed") }
            partCount += 1
            guard partCount <= maximumParts else { throw .tooManyParts }
            headerBytes.removeAll(keepingCapacity: true)
            state = .headers
        case .headers:
            guard headerBytes.count < maximumHeaderBytes else { throw .headersTooLong }
            headerBytes.append(byte)
            guard headerBytes == [13, 10] || headerBytes.suffix(4) == [13, 10, 13, 10] else { return }
            events.append(.part(try Self.part(headers: headerBytes)))
            state = .content
            matched = 0
        case .preamble, .content, .epilogue:
            break
        }
    }

    private static func part(headers: [UInt8]) throws(MultipartError) -> MultipartPart {
        var disposition: ParameterizedValue?
        var contentType: String?
        for line in headers.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[(colon + 1)...].filter { $0 != UInt8(ascii: "\r") }
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition": disposition = disposition ?? ParameterizedValue(value)
            case "content-type": contentType = ParameterizedValue(value).value
            default: break
            }
        }
        guard let disposition, disposition.value == "form-data", let name = disposition.parameters["name"] else {
            throw .malformed("a part without a name")
        }
        return MultipartPart(name: name, fileName: disposition.parameters["filename"], contentType: contentType)
    }
}
