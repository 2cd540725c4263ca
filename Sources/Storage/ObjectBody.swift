public import NIOCore

/// The bytes of an object as a sequence of chunks, each read on demand.
///
/// Has one chunk in memory at a time. Its file or connection is closed with the last copy.
public struct ObjectBody: AsyncSequence, Sendable {
    /// A chunk.
    public typealias Element = ByteBuffer

    /// Size of the whole object in bytes.
    public let objectSize: Int64
    /// The range of the object that is read.
    public let range: Range<Int64>
    /// The whole object as an open file, where the store has it as one.
    public let file: LocalObject?
    private let chunk: @Sendable (Int64) async throws -> ByteBuffer

    /// A body whose chunks come from `chunk`.
    /// - Parameters:
    ///   - objectSize: Size of the whole object in bytes.
    ///   - range: The range that is read.
    ///   - file: The whole object as an open file.
    ///   - chunk: Returns at least one byte from an offset on; may return bytes after the range.
    public init(
        objectSize: Int64, range: Range<Int64>, file: LocalObject? = nil,
        chunk: @escaping @Sendable (Int64) async throws -> ByteBuffer
    ) {
        self.file = file
        self.objectSize = objectSize
        self.range = range
        self.chunk = chunk
    }

    /// Reads the whole range into memory.
    /// - Throws: ``StorageError``.
    public func collect() async throws -> ByteBuffer {
        var whole = ByteBuffer()
        for try await chunk in self {
            if whole.readableBytes == 0 { whole = chunk } else { whole.writeImmutableBuffer(chunk) }
        }
        return whole
    }

    /// An iterator at the start of the range.
    public func makeAsyncIterator() -> Iterator {
        Iterator(offset: range.lowerBound, end: range.upperBound, chunk: chunk)
    }

    /// A position in a body.
    public struct Iterator: AsyncIteratorProtocol {
        private var offset: Int64
        private let end: Int64
        private let chunk: @Sendable (Int64) async throws -> ByteBuffer

        fileprivate init(offset: Int64, end: Int64, chunk: @escaping @Sendable (Int64) async throws -> ByteBuffer) {
            self.offset = offset
            self.end = end
            self.chunk = chunk
        }

        /// The next chunk, or `nil` at the end.
        /// - Throws: ``StorageError``.
        public mutating func next() async throws -> ByteBuffer? {
            guard offset < end else { return nil }
            var bytes = try await chunk(offset)
            let wanted = Int(Swift.min(Int64(bytes.readableBytes), end - offset))
            offset += Int64(wanted)
            return bytes.readSlice(length: wanted)
        }
    }
}
