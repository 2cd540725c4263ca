import Synchronization

/// The lock of one upload, held by one request.
final class UploadLock: Sendable {
    /// The upload's id.
    let upload: String
    /// Yields once, when another request needs the upload.
    let interruptions: AsyncStream<Void>
    private let interruption: AsyncStream<Void>.Continuation
    private let lastActivity: Mutex<ContinuousClock.Instant>

    fileprivate init(_ upload: String) {
        self.upload = upload
        (interruptions, interruption) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        lastActivity = Mutex(.now)
    }

    /// Records that bytes have arrived.
    func touch() { lastActivity.withLock { $0 = .now } }

    /// How long ago bytes last arrived.
    var idle: Duration { lastActivity.withLock { $0.duration(to: .now) } }

    /// Asks the holder to end.
    fileprivate func interrupt() { interruption.yield() }
}

/// Exclusive locks on uploads, between requests of this process and between processes that share a folder.
final class UploadLocks: Sendable {
    private struct Entry {
        let lock: UploadLock
        /// Finished when the lock is released; by the number of the waiting task.
        var waiting: [UInt64: AsyncStream<Void>.Continuation] = [:]
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let lastWaiter = Atomic<UInt64>(0)
    private let elsewhere: UploadRangeLocks
    private let interruptionTimeout: Duration

    /// The locks of a folder.
    /// - Parameter interruptionTimeout: How long ``acquire(_:interruptingAfter:waiting:)`` waits for an interrupted holder.
    init(folder: UploadFolder, interruptionTimeout: Duration = .seconds(10)) throws(UploadError) {
        elsewhere = try UploadRangeLocks(folder: folder)
        self.interruptionTimeout = interruptionTimeout
    }

    /// Takes an upload's lock. The caller releases it.
    /// - Parameters:
    ///   - idleTime: A holder without bytes for at least this long is interrupted; `nil` interrupts none.
    ///   - time: How long to wait for a holder that is not interrupted; one with a broken connection needs a moment to end.
    /// - Throws: ``UploadError/locked`` if another holder remains; ``UploadError/system(call:code:)``.
    func acquire(
        _ upload: String, interruptingAfter idleTime: Duration?, waiting time: Duration = .zero
    ) async throws(UploadError) -> UploadLock {
        let start = ContinuousClock.now
        while true {
            let (lock, isInterrupted) = entries.withLock { entries -> (UploadLock?, Bool) in
                guard let entry = entries[upload] else {
                    let lock = UploadLock(upload)
                    entries[upload] = Entry(lock: lock)
                    return (lock, false)
                }
                let isIdle = idleTime.map { entry.lock.idle >= $0 } ?? false
                if isIdle { entry.lock.interrupt() }
                return (nil, isIdle)
            }
            if let lock {
                var isOurs = false
                defer { if !isOurs { remove(lock) } }
                // A holder in another process cannot be interrupted; its connection ends when it is idle for too long.
                isOurs = try elsewhere.take(upload)
                guard isOurs else { throw .locked }
                return lock
            }
            let limit = isInterrupted ? max(time, interruptionTimeout) : time
            let left = ContinuousClock.now.duration(to: start + limit)
            guard left > .zero, !Task.isCancelled else { throw .locked }
            await waitForRelease(upload, atMost: left)
        }
    }

    /// Releases a lock and lets one waiting request continue.
    func release(_ lock: UploadLock) {
        elsewhere.release(lock.upload)
        remove(lock)
    }

    /// Whether a request of any process has the upload's lock.
    func isHeld(_ upload: String) -> Bool {
        entries.withLock { $0[upload] != nil } || elsewhere.isTakenElsewhere(upload)
    }

    /// The number of tasks that wait for an upload's lock.
    func waiterCount(_ upload: String) -> Int { entries.withLock { $0[upload]?.waiting.count ?? 0 } }

    /// Asks a holder in this process to end that has had no bytes for at least `idleTime`.
    func interrupt(_ upload: String, idleFor idleTime: Duration) {
        entries.withLock { entries in
            if let lock = entries[upload]?.lock, lock.idle >= idleTime { lock.interrupt() }
        }
    }

    /// Waits until the lock is released in this process, at most for `time`.
    func waitForRelease(_ upload: String, atMost time: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.waitForRelease(upload) }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForRelease(_ upload: String) async {
        let (released, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = lastWaiter.wrappingAdd(1, ordering: .relaxed).newValue
        entries.withLock { entries in
            if entries[upload] == nil { continuation.finish() } else { entries[upload]?.waiting[number] = continuation }
        }
        for await _ in released {}
        // A task that stops waiting removes its entry, however long the lock is still held.
        entries.withLock { entries in _ = entries[upload]?.waiting.removeValue(forKey: number) }
    }

    private func remove(_ lock: UploadLock) {
        let waiting = entries.withLock { $0.removeValue(forKey: lock.upload)?.waiting ?? [:] }
        for continuation in waiting.values { continuation.finish() }
    }
}
