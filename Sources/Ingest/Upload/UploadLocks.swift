import Synchronization

/// Who is writing to which upload: one writer at a time, also where processes share a folder.
final class UploadLocks: Sendable {
    /// A writer's hold on an upload. Give it back with ``UploadLocks/release(_:)``.
    final class UploadLock: Sendable {
        /// The upload.
        let upload: String
        /// Yields once, when somebody else needs the upload.
        let interruptions: AsyncStream<Void>
        private let interruption: AsyncStream<Void>.Continuation
        private let lastActivity: Mutex<ContinuousClock.Instant>

        fileprivate init(_ upload: String) {
            self.upload = upload
            (interruptions, interruption) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
            lastActivity = Mutex(.now)
        }

        /// Notes that bytes came.
        func touch() { lastActivity.withLock { $0 = .now } }

        /// How long no bytes have come.
        var idle: Duration { lastActivity.withLock { $0.duration(to: .now) } }

        /// Asks the writer to stop.
        fileprivate func interrupt() { interruption.yield() }
    }

    private struct Entry {
        var hold: UploadLock
        /// Ended when the upload is given back; by the number of who waits.
        var waiting: [UInt64: AsyncStream<Void>.Continuation] = [:]
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let lastWaiter = Atomic<UInt64>(0)
    private let elsewhere: UploadRangeLocks
    /// How long a writer that was interrupted may take to end.
    private let endingTime: Duration

    init(folder: UploadFolder, endingTime: Duration = .seconds(10)) throws(UploadError) {
        elsewhere = try UploadRangeLocks(folder: folder)
        self.endingTime = endingTime
    }

    /// How many wait for an upload.
    func waiterCount(_ upload: String) -> Int { entries.withLock { $0[upload]?.waiting.count ?? 0 } }

    /// Whether somebody is writing.
    func isHeld(_ upload: String) -> Bool {
        entries.withLock { $0[upload] != nil } || elsewhere.isTakenElsewhere(upload)
    }

    /// Takes the upload.
    /// - Parameters:
    ///   - patience: A writer that has been idle for at least this long is interrupted, and given some seconds to end.
    ///   - time: How long to wait for a writer that is not; one whose connection broke needs a moment to end.
    /// - Throws: ``UploadError/locked`` if somebody still has it then.
    func acquire(
        _ upload: String, interruptingAfter patience: Duration, waiting time: Duration = .zero
    ) async throws(UploadError) -> UploadLock {
        let start = ContinuousClock.now
        while true {
            let (hold, isEnding) = entries.withLock { entries -> (UploadLock?, Bool) in
                guard let entry = entries[upload] else {
                    let hold = UploadLock(upload)
                    entries[upload] = Entry(hold: hold)
                    return (hold, false)
                }
                let isIdle = entry.hold.idle >= patience
                if isIdle { entry.hold.interrupt() }
                return (nil, isIdle)
            }
            if let hold {
                var isOurs = false
                defer { if !isOurs { endHold(hold) } }
                // A writer in another process cannot be interrupted; its connection ends by itself when it idles.
                isOurs = try elsewhere.take(upload)
                guard isOurs else { throw .locked }
                return hold
            }
            let left = ContinuousClock.now.duration(to: start + (isEnding ? max(time, endingTime) : time))
            guard left > .zero, !Task.isCancelled else { throw .locked }
            await waitForRelease(upload, atMost: left)
        }
    }

    /// Lets the next writer in.
    func release(_ hold: UploadLock) {
        elsewhere.giveBack(hold.upload)
        endHold(hold)
    }

    private func endHold(_ hold: UploadLock) {
        let waiting = entries.withLock { $0.removeValue(forKey: hold.upload)?.waiting ?? [:] }
        for continuation in waiting.values { continuation.finish() }
    }

    /// Waits until a writer has ended, or for `time`.
    func waitForRelease(_ upload: String, atMost time: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.waitForRelease(upload) }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Asks a writer to stop that has been idle for at least `patience`.
    func interrupt(_ upload: String, idleFor patience: Duration) {
        entries.withLock { entries in
            if let hold = entries[upload]?.hold, hold.idle >= patience { hold.interrupt() }
        }
    }

    private func waitForRelease(_ upload: String) async {
        let (released, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = lastWaiter.wrappingAdd(1, ordering: .relaxed).newValue
        entries.withLock { entries in
            if entries[upload] == nil { continuation.finish() } else { entries[upload]?.waiting[number] = continuation }
        }
        for await _ in released {}
        // Whoever gave up leaves nothing behind, however long the upload is still held.
        entries.withLock { entries in _ = entries[upload]?.waiting.removeValue(forKey: number) }
    }
}
