import Catalog
import Ground
import Logging
import NIOCore
import SQL

/// A body went on behind its limit: what it brought does not count.
struct TooManyBytes: Error {
    let reason: UploadError
}

extension UploadService {
    /// Writes a whole body to a file.
    /// - Returns: The digest, if one was asked for.
    /// - Throws: ``TooManyBytes``; ``UploadError``: `interrupted`, `noSpace`, `quotaExceeded`, `system`.
    func write<Body: AsyncSequence & Sendable>(
        _ body: Body, to file: UploadFile, of upload: Upload, from start: Int64, upTo end: Int64,
        expecting count: Int64?,
        _ hold: UploadLocks.UploadLock, checksum: UploadChecksum.Algorithm?, tooMany: UploadError
    ) async throws -> [UInt8]? where Body.Element == ByteBuffer {
        let intake = makeIntake(file, at: start, hold, checksum: checksum)
        let reserved = try await reservation(of: upload)
        try await interruptible(hold, intake) { [self] in
            do {
                var allowed = reserved
                for try await buffer in body {
                    let needed = await intake.position + Int64(buffer.readableBytes)
                    if needed > allowed, needed <= end {
                        do { allowed = try await extendReservation(of: upload, to: needed) } catch {
                            // What came before is as good as with a broken connection.
                            try await intake.flush()
                            throw error
                        }
                    }
                    guard try await intake.take(buffer, upTo: end) else { throw TooManyBytes(reason: tooMany) }
                }
            } catch let error where !(error is UploadError || error is TooManyBytes || error is SQLFailure) {
                // The connection broke: what has come is worth keeping.
                try await intake.flush()
                throw UploadError.interrupted(received: await intake.position - start)
            }
            try await intake.flush()
            // A broken connection may look like the end of the body.
            let received = await intake.position - start
            guard !Task.isCancelled, count.map({ $0 == received }) ?? true else {
                throw UploadError.interrupted(received: received)
            }
        }
        return await intake.digest()
    }

    func makeIntake(
        _ file: UploadFile, at position: Int64, _ hold: UploadLocks.UploadLock,
        checksum: UploadChecksum.Algorithm? = nil
    ) -> UploadWriter {
        UploadWriter(
            file: file, at: position, hold: hold, checksum: checksum, folder: folder,
            reserve: configuration.reservedByteCount, pool: pool, budget: budget)
    }

    /// Runs `work` until it ends, another writer wants the upload, or no bytes have come for too long.
    /// - Parameter intake: Where the bytes go; what waits in it is written when the sender pauses.
    /// - Throws: What `work` throws, or ``UploadError/interrupted(received:)``.
    func interruptible<Value: Sendable>(
        _ hold: UploadLocks.UploadLock, _ intake: UploadWriter, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let limit = configuration.idleTimeout
        do {
            return try await firstToEnd(hold, intake, limit, work)
        } catch {
            await intake.rest()
            throw error
        }
    }

    private func firstToEnd<Value: Sendable>(
        _ hold: UploadLocks.UploadLock, _ intake: UploadWriter, _ limit: Duration,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                for await _ in hold.interruptions { throw UploadError.interrupted(received: 0) }
                return nil
            }
            group.addTask { [self] in
                var signed = clock.now()
                while hold.idle < limit {
                    try await Task.sleep(for: .milliseconds(100))
                    try await intake.flushIfIdle()
                    if await sign(hold, since: signed) { signed = clock.now() }
                }
                throw UploadError.interrupted(received: 0)
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    /// Prolongs an upload for which bytes have come since a time that lies long enough back.
    /// - Returns: Whether that has been seen to.
    private func sign(_ hold: UploadLocks.UploadLock, since time: Int64) async -> Bool {
        let elapsed = clock.now() - time
        guard elapsed >= max(1, signInterval), hold.idle.milliseconds < elapsed else { return false }
        let until = expiry
        do {
            try await database.transaction { try Uploads.prolong(hold.upload, until: until, in: $0) }
        } catch {
            // No reason to end an upload; what is written counts, and the next time comes soon.
            logger.warning(
                "an upload was not prolonged", metadata: ["upload": "\(hold.upload)", "error": "\(error)"])
        }
        return true
    }
}
