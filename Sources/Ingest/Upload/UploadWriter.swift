import Ground
import NIOCore
import NIOPosix
import Synchronization

/// Writes a body to an upload's file in large pieces and keeps hardly any of it in memory.
///
/// One piece is gathered while the one before is written; a sender that is faster than the disk is held back.
actor UploadWriter {
    private let file: UploadFile
    private let folder: UploadFolder
    private let pool: NIOThreadPool
    private let budget: BufferBudget
    private let reserve: Int64
    private let hold: UploadLocks.UploadLock
    private var gathered: [ByteBuffer] = []
    private var gatheredBytes = 0
    /// Up to where the disk has been told to begin.
    private var begun: Int64
    private var hasher: ChecksumHasher?
    private var writing: Task<ChecksumHasher?, any Error>?
    /// Where the next bytes go: behind all that came, written or not.
    private(set) var position: Int64

    /// Smaller pieces are put together by copying: each may keep a whole receive buffer alive.
    private static let smallPiece = 16 * 1024
    private static let writeBackInterval: Int64 = 16 << 20
    /// How long bytes wait for more before they are written by ``flushIfIdle()``.
    private static let patience = Duration.milliseconds(50)

    init(
        file: UploadFile, at position: Int64, hold: UploadLocks.UploadLock, checksum: UploadChecksum.Algorithm?,
        folder: UploadFolder, reserve: Int64, pool: NIOThreadPool, budget: BufferBudget
    ) {
        self.file = file
        self.position = position
        begun = position
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
    /// - Parameter end: Where the file may end at most.
    /// - Returns: Whether the bytes fit in front of it; none is taken if they do not.
    /// - Throws: ``UploadError/noSpace`` and ``UploadError/system(call:code:)``.
    func take(_ buffer: ByteBuffer, upTo end: Int64) async throws -> Bool {
        guard Int64(buffer.readableBytes) <= end - position else { return false }
        hold.touch()
        gather(buffer)
        if gatheredBytes >= budget.share {
            try await settle()
            startWriting()
        }
        return true
    }

    /// Returns when everything that came is written.
    func flush() async throws {
        try await settle()
        startWriting()
        try await settle()
    }

    /// Returns when nothing is being written, however the last write ended: the file may be changed then.
    func rest() async {
        while let task = writing {
            _ = await task.result
            if writing == task { writing = nil }
        }
    }

    /// Writes what has waited for more bytes in vain, so that a slow client's progress is seen and kept.
    func flushIfIdle() async throws {
        if writing == nil, gatheredBytes > 0, hold.idle >= Self.patience { try await flush() }
    }

    /// The digest of all bytes that were written; `nil` if none was asked for.
    func digest() -> [UInt8]? { hasher?.finalize() }

    /// Waits for the write under way.
    private func settle() async throws {
        while let task = writing {
            let hasher = try await task.value
            // While this waited, another caller may have noticed first and gone on.
            guard writing == task else { continue }
            self.hasher = hasher
            writing = nil
        }
    }

    private func startWriting() {
        guard gatheredBytes > 0, writing == nil else { return }
        let pieces = gathered
        let byteCount = Int64(gatheredBytes)
        let start = position - byteCount
        gathered.removeAll(keepingCapacity: true)
        gatheredBytes = 0
        let ready = position - begun >= Self.writeBackInterval ? begun..<position : nil
        begun = ready?.upperBound ?? begun
        // Its own task: bytes that came are written even if the request is cancelled meanwhile.
        writing = Task { [file, folder, reserve, pool, hasher] in
            try await pool.runIfActive {
                // At each write: hundreds of small uploads must not get past the reserve either.
                guard try folder.availableBytes() - reserve >= byteCount else { throw UploadError.noSpace }
                var offset = start
                var digest = hasher
                for piece in pieces {
                    try file.write(piece, at: offset)
                    digest?.update(piece)
                    offset += Int64(piece.readableBytes)
                }
                if let ready { file.beginWriteBack(ready) }
                return digest
            }
        }
    }

    private func gather(_ buffer: ByteBuffer) {
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
final class BufferBudget: Sendable {
    private let writers = Atomic<Int>(0)
    private static let total = 8 << 20
    private static let largest = 1 << 20
    private static let smallest = 64 << 10

    /// Bytes that one writer may gather now.
    var share: Int {
        min(Self.largest, max(Self.smallest, Self.total / max(1, writers.load(ordering: .relaxed))))
    }

    fileprivate func join() { writers.add(1, ordering: .relaxed) }
    fileprivate func leave() { writers.subtract(1, ordering: .relaxed) }
}
