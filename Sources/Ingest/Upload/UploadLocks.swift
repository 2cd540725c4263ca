import Synchronization

/// Who is writing to which upload: one writer at a time.
final class UploadLocks: Sendable {
    /// A writer's hold on an upload. Give it back with ``UploadLocks/release(_:)``.
    final class Hold: Sendable {
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
        var hold: Hold
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// How many uploads are being written.
    var count: Int { entries.withLock { $0.count } }

    /// Whether somebody is writing.
    func isHeld(_ upload: String) -> Bool { entries.withLock { $0[upload] != nil } }

    /// Takes the upload.
    /// - Parameter patience: A writer that has been idle for at least this long is interrupted and waited for.
    /// - Throws: ``UploadError/locked`` if somebody is writing.
    func acquire(_ upload: String, interruptingAfter patience: Duration) async throws(UploadError) -> Hold {
        while true {
            let hold: Hold? = try entries.withLock { entries throws(UploadError) in
                guard let entry = entries[upload] else {
                    let hold = Hold(upload)
                    entries[upload] = Entry(hold: hold)
                    return hold
                }
                guard entry.hold.idle >= patience else { throw .locked }
                entry.hold.interrupt()
                return nil
            }
            if let hold { return hold }
            await waitForRelease(upload)
        }
    }

    /// Lets the next writer in.
    func release(_ hold: Hold) {
        let waiting = entries.withLock { $0.removeValue(forKey: hold.upload)?.waiting ?? [] }
        for continuation in waiting { continuation.resume() }
    }

    private func waitForRelease(_ upload: String) async {
        await withCheckedContinuation { continuation in
            let waits = entries.withLock { entries in
                guard entries[upload] != nil else { return false }
                entries[upload]?.waiting.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
    }
}
