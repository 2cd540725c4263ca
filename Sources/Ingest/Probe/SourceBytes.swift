import Glibc

/// The bytes of an open source, read by position: children that work on one source at a time share its place in the
/// file, and one that moved it would have another read elsewhere.
public struct SourceBytes: Sendable {
    private let descriptor: Int32
    /// The source's length; 0 where it is no file.
    public let count: Int64

    /// The bytes of an open file, which stays the caller's.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
        var facts = stat()
        count = unsafe fstat(descriptor, &facts) == 0 ? Int64(facts.st_size) : 0
    }

    /// Up to `wanted` bytes from an offset on: fewer at the end of the file or where it cannot be read.
    public func read(at offset: Int64, _ wanted: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while offset >= 0, bytes.count < wanted {
            let (place, room) = (off_t(offset) + bytes.count, wanted - bytes.count)
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: room) { space, count in
                count = unsafe max(0, pread(descriptor, space.baseAddress, room, place))
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }

    /// What container the source is; `nil` if none that is accepted.
    public var container: Container? { Container { read(at: $0, Container.headLength) } }
}
