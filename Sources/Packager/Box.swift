/// A box type of ISO/IEC 14496-12: four bytes, mostly letters.
public struct FourCC: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The four bytes, first one highest.
    public let value: UInt32

    /// A type by its value.
    public init(_ value: UInt32) { self.value = value }

    /// A type by its letters; what is short is filled with spaces.
    public init(stringLiteral text: StaticString) {
        let letters = Array(text.description.utf8.prefix(4)) + [0x20, 0x20, 0x20, 0x20]
        self.value = letters.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The letters; bytes outside printable ASCII show as `?`.
    public var description: String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
        return String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : 0x3F }, as: UTF8.self)
    }
}

/// What is wrong with bytes that should be boxes.
public enum BoxFailure: Error, Sendable, Hashable {
    /// Something ends before its fields do; the offset is where more bytes were needed.
    case truncated(at: Int)
    /// A field holds a value that it cannot have.
    case malformed(FourCC, at: Int)
    /// A box that has to be there is not.
    case missing(FourCC)
    /// A sample does not lie within the media data.
    case sampleOutside(index: Int)
    /// More samples than any segment has.
    case tooManySamples
}

/// One box: its type and where it lies.
public struct Box: Sendable, Hashable {
    /// The type.
    public let type: FourCC
    /// The whole box, header included.
    public let range: Range<Int>
    /// What follows the header.
    public let body: Range<Int>

    /// The boxes that lie next to each other in a part of `bytes`; opens none of them.
    /// - Parameters:
    ///   - bytes: A file or a segment.
    ///   - range: The part to read, the whole by default; cut to what `bytes` has.
    /// - Returns: The boxes in order; they fill the range without a gap.
    /// - Throws: `.truncated` if a header or a box does not fit its range, `.malformed` if a size is smaller than
    ///   its own header.
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

    /// The boxes inside this one, after `skipping` bytes of its own fields.
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

/// Reads big-endian fields one after the other, never past its range.
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
