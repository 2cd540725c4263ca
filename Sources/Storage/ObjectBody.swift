public import NIOCore

/// The bytes of an object, chunk after chunk; the next one is read only when it is asked for.
///
/// Holds one chunk at a time. Whatever is open behind it is closed when the last copy goes away.
public struct ObjectBody: AsyncSequence, Sendable {
    /// A chunk.
    public typealias Element = ByteBuffer

    /// Bytes of the whole object.
    public let objectSize: Int64
    /// Which of them this is.
    public let range: Range<Int64>
    private let chunk: @Sendable (Int64) async throws -> ByteBuffer

    /// A body whose chunks come from `chunk`.
    /// - Parameters:
    ///   - objectSize: Bytes of the whole object.
    ///   - range: The part that is read.
    ///   - chunk: Returns some bytes from an offset on, at least one; may return bytes behind the range.
    public init(
        objectSize: Int64, range: Range<Int64>, chunk: @escaping @Sendable (Int64) async throws -> ByteBuffer
    ) {
        self.objectSize = objectSize
        self.range = range
        self.chunk = chunk
    }

    /// Reads from the range's start on.
    public func makeAsyncIterator() -> Iterator {
        Iterator(offset: range.lowerBound, end: range.upperBound, chunk: chunk)
    }

    /// A place in a body.
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
