import Ground
import NIOCore
import Synchronization

/// Extracts the bytes of a file from a request body.
protocol UploadBodyDecoder: Sendable {
    /// The file's bytes among the next bytes of the body.
    mutating func decode(_ buffer: ByteBuffer) throws -> [ByteBuffer]

    /// Checks the body's end.
    /// - Parameter byteCount: Bytes of the file that have arrived.
    mutating func finish(byteCount: Int64) throws
}

/// A body that is the bytes of the file.
struct RawBodyDecoder: UploadBodyDecoder {
    /// The announced length of the body; `nil` if there is none.
    let expectedByteCount: Int64?

    mutating func decode(_ buffer: ByteBuffer) -> [ByteBuffer] { [buffer] }

    mutating func finish(byteCount: Int64) throws(UploadError) {
        // A broken connection may look like the end of the body.
        guard expectedByteCount.map({ $0 == byteCount }) ?? true else { throw .interrupted(received: byteCount) }
    }
}

/// Writes one request body to an upload's file, in large blocks and with bounded memory.
///
/// One block is gathered while the previous one is written. A sender that is faster than the disk is held back.
actor UploadWriter {
    /// Where the bytes of a body go, and up to where.
    struct Target: Sendable {
        /// The upload's file.
        let file: UploadFile
        /// Where the first byte goes.
        let start: Int64
        /// Where the file may end at most.
        let limit: Int64
        /// The error for a body that goes on behind the limit.
        let overflow: UploadError
        /// Whether the file's first bytes have to be those of a source: of a part that is joined with others they are not.
        let isSource: Bool
        /// The announced length of the file; `nil` if there is none.
        let length: Int64?
    }

    /// What all writers share: the threads of the folder, the memory for gathering and the rules of time.
    struct Shared: Sendable {
        fileprivate let folder: UploadFolder
        fileprivate let expiry: UploadExpiry
        fileprivate let idleTimeout: Duration
        fileprivate let inspect: UploadService.Hooks.Inspection
        fileprivate let budget = BufferBudget()

        /// - Parameters:
        ///   - idleTimeout: After how long without bytes a writer gives up its body.
        ///   - inspect: Examines the first bytes of a file.
        init(
            folder: UploadFolder, expiry: UploadExpiry, idleTimeout: Duration,
            inspect: @escaping UploadService.Hooks.Inspection
        ) {
            self.folder = folder
            self.expiry = expiry
            self.idleTimeout = idleTimeout
            self.inspect = inspect
        }
    }

    private let target: Target
    private let lock: UploadLock
    private let shared: Shared
    private var hasher: ChecksumHasher?
    private var reservation: UploadReservation?
    /// Bytes that wait to be written.
    private var gathered: [ByteBuffer] = []
    private var gatheredByteCount = 0
    private var writing: Task<ChecksumHasher?, any Error>?
    /// Where the next bytes go: behind all that have arrived, written or not.
    private var position: Int64
    /// Up to where the kernel has been asked to begin with writing to the disk.
    private var writeBackPosition: Int64
    /// Where the file's first bytes are checked; `nil` if that has been done.
    private var headPosition: Int64?

    /// Smaller buffers are copied together, because each may hold an entire receive buffer in memory.
    private static let smallBuffer = 16 * 1024
    private static let writeBackInterval: Int64 = 16 << 20
    /// How long bytes wait for more before they are written.
    private static let gatheringTime = Duration.milliseconds(50)
    private static let pollInterval = Duration.milliseconds(100)

    /// A writer for one body. The caller holds the upload's lock.
    /// - Parameters:
    ///   - reservation: What is extended as bytes arrive; `nil` if the account's quota does not limit them.
    ///   - checksum: The algorithm of the digest to compute.
    init(
        _ target: Target, lock: UploadLock, reservation: UploadReservation?,
        checksum: UploadChecksum.Algorithm? = nil, sharing shared: Shared
    ) {
        self.target = target
        self.lock = lock
        self.reservation = reservation
        self.shared = shared
        hasher = checksum.map { ChecksumHasher($0) }
        position = target.start
        writeBackPosition = target.start
        // A smaller file costs little, and is rejected by its probe. An earlier body may have ended before all that is needed.
        headPosition = target.isSource ? max(target.start, HeadProbe.byteCount) : nil
        shared.budget.join()
    }

    deinit { shared.budget.leave() }

    // MARK: - Whole bodies

    /// Writes a body behind the verified bytes of the file and makes it durable.
    ///
    /// If the connection breaks, the bytes that have arrived remain, unless they had to be compared with a checksum. Of a body
    /// that is too long, nothing remains.
    /// - Parameters:
    ///   - count: The announced length of the body; `nil` if there is none.
    ///   - checksum: The digest that the body must have; its algorithm is that of the writer.
    /// - Returns: The file's length.
    /// - Throws: ``UploadError``: `interrupted`, `noSpace`, `quotaExceeded`, `checksumMismatch`, `system`, the target's
    ///   `overflow`, `rejected`.
    func append<Body: AsyncSequence & Sendable>(
        _ body: Body, expecting count: Int64?, checksum: UploadChecksum?
    ) async throws -> Int64 where Body.Element == ByteBuffer {
        let hasChecksum = checksum != nil
        if hasChecksum { try await shared.folder.mark(lock.upload, verifiedLength: target.start) }
        var failure: (any Error)?
        do {
            _ = try await write(body, through: RawBodyDecoder(expectedByteCount: count))
            if let checksum, checksum.digest != hasher?.finalize() { throw UploadError.checksumMismatch }
            if hasChecksum, let headPosition, position >= headPosition { try await checkHead() }
        } catch { failure = error }
        let isTooLong = failure as? UploadError == target.overflow
        let keepsBytes = failure == nil || !(hasChecksum || isTooLong)
        let size = try await shared.folder.run { [target, lock, folder = shared.folder] in
            if !keepsBytes { try target.file.truncate(to: target.start) }
            try target.file.synchronize()
            if hasChecksum { try folder.removeMarker(lock.upload) }
            return try target.file.size()
        }
        if let failure { throw failure }
        return size
    }

    /// Writes the file's bytes in a body, until the body ends, another request needs the upload, or no bytes have arrived for
    /// too long. Nothing is being written when it returns or throws.
    /// - Returns: The decoder in its last state.
    func write<Body: AsyncSequence & Sendable, Decoder: UploadBodyDecoder>(
        _ body: Body, through decoder: Decoder
    ) async throws -> Decoder where Body.Element == ByteBuffer {
        do {
            return try await withThrowingTaskGroup(of: Decoder?.self) { group in
                group.addTask { try await self.copy(body, through: decoder) }
                group.addTask { [lock] in
                    for await _ in lock.interruptions { throw UploadError.interrupted(received: 0) }
                    return nil
                }
                group.addTask {
                    try await self.watch()
                    throw UploadError.interrupted(received: 0)
                }
                defer { group.cancelAll() }
                while let decoder = try await group.next() {
                    if let decoder { return decoder }
                }
                throw CancellationError()
            }
        } catch {
            while let task = writing {
                _ = await task.result
                if writing == task { writing = nil }
            }
            throw error
        }
    }

    private func copy<Body: AsyncSequence & Sendable, Decoder: UploadBodyDecoder>(
        _ body: Body, through decoder: Decoder
    ) async throws -> Decoder where Body.Element == ByteBuffer {
        var decoder = decoder
        var iterator = body.makeAsyncIterator()
        while true {
            let next: ByteBuffer?
            do { next = try await iterator.next(isolation: self) } catch {
                // The connection broke: bytes that have arrived count.
                try await flush()
                throw UploadError.interrupted(received: position - target.start)
            }
            guard let buffer = next else { break }
            lock.touch()
            for bytes in try decoder.decode(buffer) {
                let end = position + Int64(bytes.readableBytes)
                guard end <= target.limit else { throw target.overflow }
                if let reservation { try await extend(reservation, to: end) }
                gather(bytes)
                // Bytes with a checksum tell nothing before it is compared.
                if hasher == nil, let headPosition, position >= headPosition { try await checkHead() }
                guard gatheredByteCount >= shared.budget.share else { continue }
                try await finishWrite()
                startWrite()
            }
        }
        try await flush()
        guard !Task.isCancelled else { throw UploadError.interrupted(received: position - target.start) }
        try decoder.finish(byteCount: position - target.start)
        return decoder
    }

    /// Refuses a file whose first bytes show that it would be rejected, before gigabytes of it are sent. The sender waits
    /// meanwhile.
    private func checkHead() async throws {
        headPosition = nil
        try await flush()
        guard let end = try await shared.folder.run({ [target] in target.file.headEnd }) else {
            throw UploadError.rejected(SourceProbe.unsupportedContainer)
        }
        guard end <= position else {
            headPosition = end
            return
        }
        // An earlier body brought all that is needed, and was checked then.
        guard target.start < end else { return }
        let path = shared.folder.path(of: lock.upload)
        if let rejection = await shared.inspect(path, target.length) { throw UploadError.rejected(rejection) }
    }

    private func extend(_ reservation: UploadReservation, to end: Int64) async throws {
        var extended = reservation
        do { try await extended.extend(to: end) } catch {
            // Bytes that have arrived count, as after a broken connection.
            try await flush()
            throw error
        }
        self.reservation = extended
    }

    /// While the sender pauses, writes gathered bytes, so that a slow client's progress is visible and durable; extends the
    /// upload's lifetime while bytes arrive. Returns when none have arrived for the idle timeout.
    private func watch() async throws {
        var renewal = shared.expiry.startRenewal()
        while lock.idle < shared.idleTimeout {
            try await Task.sleep(for: Self.pollInterval)
            if writing == nil, gatheredByteCount > 0, lock.idle >= Self.gatheringTime { try await flush() }
            await shared.expiry.renew(lock, &renewal)
        }
    }

    // MARK: - Blocks

    /// Writes all gathered bytes.
    private func flush() async throws {
        try await finishWrite()
        startWrite()
        try await finishWrite()
    }

    private func gather(_ buffer: ByteBuffer) {
        let count = buffer.readableBytes
        guard count > 0 else { return }
        position += Int64(count)
        gatheredByteCount += count
        if count < Self.smallBuffer, let last = gathered.indices.last, gathered[last].writableBytes >= count {
            gathered[last].writeImmutableBuffer(buffer)
        } else if count < Self.smallBuffer {
            var joined = ByteBufferAllocator().buffer(capacity: 4 * Self.smallBuffer)
            joined.writeImmutableBuffer(buffer)
            gathered.append(joined)
        } else {
            gathered.append(buffer)
        }
    }

    private func startWrite() {
        guard gatheredByteCount > 0, writing == nil else { return }
        let buffers = gathered
        let byteCount = Int64(gatheredByteCount)
        let start = position - byteCount
        gathered.removeAll(keepingCapacity: true)
        gatheredByteCount = 0
        let writeBack = position - writeBackPosition >= Self.writeBackInterval ? writeBackPosition..<position : nil
        writeBackPosition = writeBack?.upperBound ?? writeBackPosition
        // A task of its own: bytes that have arrived are written even if the request is cancelled meanwhile.
        writing = Task { [target, hasher, folder = shared.folder] in
            try await folder.run {
                // Checked at each write: many small uploads together must leave the reserve too.
                try folder.requireSpace(byteCount)
                var offset = start
                var digest = hasher
                for buffer in buffers {
                    try target.file.write(buffer, at: offset)
                    digest?.update(buffer)
                    offset += Int64(buffer.readableBytes)
                }
                if let writeBack { target.file.beginWriteBack(writeBack) }
                return digest
            }
        }
    }

    /// Waits for the write in progress.
    private func finishWrite() async throws {
        while let task = writing {
            let hasher = try await task.value
            // During the suspension another caller may have finished this write and started the next one.
            guard writing == task else { continue }
            self.hasher = hasher
            writing = nil
        }
    }
}

/// The memory for gathering, shared by all uploads: a single one writes blocks of a MiB, hundreds write smaller ones.
private final class BufferBudget: Sendable {
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
