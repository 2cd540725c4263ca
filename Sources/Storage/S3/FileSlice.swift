internal import NIOCore
internal import NIOPosix

/// A range of an open file as a body: read chunk by chunk on `threads`, as often as it is sent.
struct FileSlice: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// The file.
    let file: OpenFile
    /// Which of its bytes.
    let range: Range<Int64>
    /// Where it is read.
    let threads: NIOThreadPool
    private static let chunkSize: Int64 = 256 << 10

    init(_ file: OpenFile, _ range: Range<Int64>, _ threads: NIOThreadPool) {
        self.file = file
        self.range = range
        self.threads = threads
    }

    func makeAsyncIterator() -> Iterator { Iterator(slice: self, offset: range.lowerBound) }

    /// Reads the range once to hash it.
    func hash() async throws -> BodyHash {
        try await threads.runIfActive { [file, range] in
            var hasher = BodyHash.Hasher()
            var offset = range.lowerBound
            while offset < range.upperBound {
                let bytes = try file.read(at: offset, count: Int(Swift.min(Self.chunkSize, range.upperBound - offset)))
                guard bytes.readableBytes > 0 else { throw StorageError.io(errno: 0, call: "pread: the file shrank") }
                hasher.update(bytes)
                offset += Int64(bytes.readableBytes)
            }
            return hasher.finish()
        }
    }

    struct Iterator: AsyncIteratorProtocol {
        let slice: FileSlice
        var offset: Int64

        mutating func next() async throws -> ByteBuffer? {
            let (from, count) = (offset, Int(Swift.min(chunkSize, slice.range.upperBound - offset)))
            guard count > 0 else { return nil }
            let file = slice.file
            let bytes = try await slice.threads.runIfActive { try file.read(at: from, count: count) }
            guard bytes.readableBytes > 0 else { throw StorageError.io(errno: 0, call: "pread: the file shrank") }
            offset += Int64(bytes.readableBytes)
            return bytes
        }
    }
}
