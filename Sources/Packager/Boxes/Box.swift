/// A box type of ISO/IEC 14496-12: four bytes, usually letters.
public struct FourCC: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The four bytes in big-endian order.
    public let value: UInt32

    /// A type with this value.
    public init(_ value: UInt32) { self.value = value }

    /// A type with these letters, padded with spaces to four.
    public init(stringLiteral text: StaticString) {
        let letters = Array(text.description.utf8.prefix(4)) + [0x20, 0x20, 0x20, 0x20]
        self.value = letters.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The letters; bytes outside printable ASCII are shown as `?`.
    public var description: String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
        return String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : 0x3F }, as: UTF8.self)
    }
}

/// Why bytes cannot be parsed as boxes.
public enum BoxFailure: Error, Sendable, Hashable {
    /// The bytes end within a field or a box; the offset is where more bytes are needed.
    case truncated(at: Int)
    /// A field has an invalid value.
    case malformed(FourCC, at: Int)
    /// A required box is missing.
    case missing(FourCC)
    /// A sample lies outside the media data.
    case sampleOutside(index: Int)
    /// There are more samples than the limit.
    case tooManySamples
}

/// A box: its type and its position.
public struct Box: Sendable, Hashable {
    /// The box type.
    public let type: FourCC
    /// The range of the box, including its header.
    public let range: Range<Int>
    /// The range after the header.
    public let body: Range<Int>

    /// The consecutive boxes of a range of `bytes`, without their children.
    /// - Parameters:
    ///   - bytes: A file or a segment.
    ///   - range: The range, by default all bytes; clamped to `bytes`.
    /// - Returns: The boxes in order; they fill the range without gaps.
    /// - Throws: `.truncated` if a header or a box exceeds the range, `.malformed` if a size is smaller than the header.
    public static func list(_ bytes: [UInt8], in range: Range<Int>? = nil) throws(BoxFailure) -> [Box] {
        let range = (range ?? bytes.indices).clamped(to: bytes.indices)
        var boxes: [Box] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var cursor = ByteCursor(bytes, in: start..<range.upperBound)
            let size32 = try cursor.uint32()
            let type = FourCC(try cursor.uint32())
            let size: UInt64 =
                switch size32 {
                case 0: UInt64(range.upperBound - start)  // to the end
                case 1: try cursor.uint64()
                default: UInt64(size32)
                }
            let header = cursor.position - start
            guard size >= UInt64(header) else { throw .malformed(type, at: start) }
            guard size <= UInt64(range.upperBound - start) else { throw .truncated(at: range.upperBound) }
            let end = start + Int(size)
            boxes.append(Box(type: type, range: start..<end, body: cursor.position..<end))
            start = end
        }
        return boxes
    }

    /// The child boxes, which start after `skipping` bytes of fields.
    public func children(of bytes: [UInt8], skipping: Int = 0) throws(BoxFailure) -> [Box] {
        guard skipping >= 0, skipping <= body.count else { throw .truncated(at: body.upperBound) }
        return try Box.list(bytes, in: (body.lowerBound + skipping)..<body.upperBound)
    }
}

extension [Box] {
    /// The first box of a type, or `nil`.
    func first(_ type: FourCC) -> Box? { first { $0.type == type } }

    /// The first box of a type.
    /// - Throws: `.missing` if there is none.
    func require(_ type: FourCC) throws(BoxFailure) -> Box {
        guard let box = first(type) else { throw .missing(type) }
        return box
    }
}

/// Reads consecutive big-endian fields within a range.
struct ByteCursor {
    private let bytes: [UInt8]
    private let end: Int
    private(set) var position: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        let range = range.clamped(to: bytes.indices)
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    var remaining: Int { end - position }

    mutating func skip(_ count: Int) throws(BoxFailure) {
        guard count >= 0, count <= remaining else { throw .truncated(at: end) }
        position += count
    }

    mutating func uint8() throws(BoxFailure) -> UInt8 { UInt8(truncatingIfNeeded: try unsigned(1)) }
    mutating func uint16() throws(BoxFailure) -> UInt16 { UInt16(truncatingIfNeeded: try unsigned(2)) }
    mutating func uint32() throws(BoxFailure) -> UInt32 { UInt32(truncatingIfNeeded: try unsigned(4)) }
    mutating func uint64() throws(BoxFailure) -> UInt64 { try unsigned(8) }

    private mutating func unsigned(_ count: Int) throws(BoxFailure) -> UInt64 {
        guard count <= remaining else { throw .truncated(at: end) }
        var value: UInt64 = 0
        for offset in 0..<count { value = value << 8 | UInt64(bytes[position + offset]) }
        position += count
        return value
    }
}
