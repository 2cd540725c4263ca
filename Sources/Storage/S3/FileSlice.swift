internal import NIOCore
internal import NIOPosix

/// A range of an open file as a request body, which is read in chunks each time it is sent.
struct FileSlice: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// The file.
    let file: OpenFile
    /// The range of the file.
    let range: Range<Int64>
    /// The threads that read the file.
    let threads: NIOThreadPool
    private static let chunkSize: Int64 = 256 << 10

    init(_ file: OpenFile, _ range: Range<Int64>, _ threads: NIOThreadPool) {
        self.file = file
        self.range = range
        self.threads = threads
    }

    func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Reads the range and computes its hashes.
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

    /// A position in the range.
    struct Iterator: AsyncIteratorProtocol {
        private let slice: FileSlice
        private var offset: Int64

        fileprivate init(_ slice: FileSlice) {
            self.slice = slice
            offset = slice.range.lowerBound
        }

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
