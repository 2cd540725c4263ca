import NIOCore

/// A body went on behind its limit: what it brought does not count.
struct TooManyBytes: Error {
    let reason: UploadError
}

extension UploadDesk {
    /// Writes a whole body to a file.
    /// - Returns: The digest, if one was asked for.
    /// - Throws: ``TooManyBytes``; ``UploadError``: `interrupted`, `noSpace`, `system`.
    func write<Body: AsyncSequence & Sendable>(
        _ body: Body, to file: UploadFile, from start: Int64, upTo end: Int64, expecting count: Int64?,
        _ hold: UploadLocks.Hold, checksum: UploadChecksum.Algorithm?, tooMany: UploadError
    ) async throws -> [UInt8]? where Body.Element == ByteBuffer {
        try await interruptible(hold) { [self] in
            var intake = makeIntake(file, at: start, hold, checksum: checksum)
            do {
                for try await buffer in body {
                    guard Int64(buffer.readableBytes) <= end - intake.position else {
                        throw TooManyBytes(reason: tooMany)
                    }
                    try await intake.take(buffer)
                }
            } catch let error where error is UploadError || error is TooManyBytes {
                throw error
            } catch {
                // The connection broke: what has come is worth keeping.
                try await intake.flush()
                throw UploadError.interrupted(received: intake.position - start)
            }
            try await intake.flush()
            // A broken connection may look like the end of the body.
            guard !Task.isCancelled, count.map({ $0 == intake.position - start }) ?? true else {
                throw UploadError.interrupted(received: intake.position - start)
            }
            return intake.digest()
        }
    }

    func makeIntake(
        _ file: UploadFile, at position: Int64, _ hold: UploadLocks.Hold, checksum: UploadChecksum.Algorithm? = nil
    ) -> BodyIntake {
        BodyIntake(
            file: file, at: position, hold: hold, checksum: checksum, folder: folder,
            reserve: configuration.reservedByteCount, pool: pool, budget: budget)
    }

    /// Runs `work` until it ends, another writer wants the upload, or no bytes have come for too long.
    /// - Throws: What `work` throws, or ``UploadError/interrupted(received:)``.
    func interruptible<Value: Sendable>(
        _ hold: UploadLocks.Hold, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let limit = configuration.idleTimeout
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                for await _ in hold.interruptions { throw UploadError.interrupted(received: 0) }
                return nil
            }
            group.addTask {
                while true {
                    let left = limit - hold.idle
                    guard left > .zero else { throw UploadError.interrupted(received: 0) }
                    try await Task.sleep(for: left)
                }
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}
