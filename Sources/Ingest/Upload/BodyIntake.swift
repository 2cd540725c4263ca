import NIOCore
import NIOPosix
import Synchronization

/// Writes a body to an upload's file in large pieces and keeps hardly any of it in memory.
///
/// The next piece is asked for only after the one before has been written, which holds a fast sender back.
struct BodyIntake: ~Copyable {
    private let file: UploadFile
    private let folder: UploadFolder
    private let pool: NIOThreadPool
    private let budget: GatherBudget
    private let reserve: Int64
    private let hold: UploadLocks.Hold
    private var gathered: [ByteBuffer] = []
    private var gatheredBytes = 0
    private var sinceSpaceCheck: Int64 = 0
    private var hasher: ChecksumHasher?
    /// Where the next bytes go: the file's length and what has been gathered.
    private(set) var position: Int64

    /// Smaller pieces are put together by copying: each may keep a whole receive buffer alive.
    private static let smallPiece = 16 * 1024
    private static let spaceCheckInterval: Int64 = 64 << 20

    init(
        file: UploadFile, at position: Int64, hold: UploadLocks.Hold, checksum: UploadChecksum.Algorithm?,
        folder: UploadFolder, reserve: Int64, pool: NIOThreadPool, budget: GatherBudget
    ) {
        self.file = file
        self.position = position
        self.hold = hold
        self.folder = folder
        self.reserve = reserve
        self.pool = pool
        self.budget = budget
        hasher = checksum.map { ChecksumHasher($0) }
        budget.join()
    }

    deinit { budget.leave() }

    /// Takes bytes in; returns when there is room for more.
    /// - Throws: ``UploadError/noSpace`` and ``UploadError/system(call:code:)``.
    mutating func take(_ buffer: ByteBuffer) async throws {
        hold.touch()
        gather(buffer)
        if gatheredBytes >= budget.share { try await flush() }
    }

    /// Writes what has been gathered.
    mutating func flush() async throws {
        guard gatheredBytes > 0 else { return }
        let pieces = gathered
        let start = position - Int64(gatheredBytes)
        let checksSpace = sinceSpaceCheck >= Self.spaceCheckInterval
        let hasher = hasher
        gathered.removeAll(keepingCapacity: true)
        sinceSpaceCheck = checksSpace ? 0 : sinceSpaceCheck + Int64(gatheredBytes)
        gatheredBytes = 0
        self.hasher = try await pool.runIfActive { [file, folder, reserve] in
            if checksSpace, try folder.availableBytes() < reserve { throw UploadError.noSpace }
            var offset = start
            var digest = hasher
            for piece in pieces {
                try file.write(piece, at: offset)
                digest?.update(piece)
                offset += Int64(piece.readableBytes)
            }
            return digest
        }
        hold.touch()
    }

    /// The digest of all bytes that were written; `nil` if none was asked for.
    func digest() -> [UInt8]? { hasher?.finalize() }

    private mutating func gather(_ buffer: ByteBuffer) {
        let count = buffer.readableBytes
        guard count > 0 else { return }
        position += Int64(count)
        gatheredBytes += count
        if count < Self.smallPiece, let last = gathered.indices.last, gathered[last].writableBytes >= count {
            gathered[last].writeImmutableBuffer(buffer)
        } else if count < Self.smallPiece {
            var joined = ByteBufferAllocator().buffer(capacity: 64 * 1024)
            joined.writeImmutableBuffer(buffer)
            gathered.append(joined)
        } else {
            gathered.append(buffer)
        }
    }
}

/// Memory for gathering, shared by all uploads: a lone one writes a MiB at a time, hundreds write less each.
final class GatherBudget: Sendable {
    private let writers = Atomic<Int>(0)
    private static let total = 16 << 20
    private static let largest = 1 << 20
    private static let smallest = 64 << 10

    /// Bytes that one writer may gather now.
    var share: Int {
        min(Self.largest, max(Self.smallest, Self.total / max(1, writers.load(ordering: .relaxed))))
    }

    fileprivate func join() { writers.add(1, ordering: .relaxed) }
    fileprivate func leave() { writers.subtract(1, ordering: .relaxed) }
}
