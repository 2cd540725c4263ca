import Glibc

/// The bytes of an open source, read by position.
///
/// Children that process one source at the same time share its file offset, so none of them may move it.
public struct SourceBytes: Sendable {
    private let descriptor: Int32
    /// The source's length; 0 if it is not a regular file.
    public let count: Int64

    /// The bytes of an open file. The caller remains its owner.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
        var facts = stat()
        count = unsafe fstat(descriptor, &facts) == 0 ? Int64(facts.st_size) : 0
    }

    /// Up to `wanted` bytes from an offset on; fewer at the end of the file or after a read error.
    public func read(at offset: Int64, _ wanted: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while offset >= 0, bytes.count < wanted {
            let (place, room) = (off_t(offset) + bytes.count, wanted - bytes.count)
            let block = unsafe [UInt8](unsafeUninitializedCapacity: room) { space, count in
                count = unsafe max(0, pread(descriptor, space.baseAddress, room, place))
            }
            if block.isEmpty { break }
            bytes += block
        }
        return bytes
    }

    /// The source's container; `nil` if it is none that is accepted.
    public var container: Container? { Container { read(at: $0, Container.headLength) } }
}
