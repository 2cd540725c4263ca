internal import Ground
internal import MediaModel
internal import Redis
internal import Synchronization

/// One reader of the queue: takes the most urgent entry, or waits for one on a connection of its own.
///
/// Only one Swift task uses it at a time.
final class QueueReader: Sendable {
    private struct State {
        var connection: RedisConnection?
        var nextTakeOver: Int64 = 0
    }

    private let queue: TaskQueue
    private let consumer: String
    private let clock: WallClock
    private let state = Mutex(State())

    /// A reader.
    /// - Parameter consumer: Its name on the server; unique among all readers.
    init(queue: TaskQueue, consumer: String, clock: WallClock) {
        self.queue = queue
        self.consumer = consumer
        self.clock = clock
    }

    /// The next entry, or `nil` when none came within `seconds` or the Swift task was cancelled.
    ///
    /// Cancellation ends the wait at once; an entry that arrives at the same moment is put back.
    /// - Parameter lanes: Lanes to take from, most urgent first; at least one.
    /// - Throws: ``RedisFailure``.
    func next(from lanes: [Lane], waiting seconds: Int = 5) async throws -> TaskQueue.Entry? {
        var repairs = 0
        while true {
            do {
                let now = clock.now()
                if state.withLock({ $0.nextTakeOver <= now }) {
                    if let entry = try await queue.takeOver(lanes: lanes, consumer: consumer) { return entry }
                    state.withLock { $0.nextTakeOver = now + 5_000 }
                }
                if let entry = try await queue.take(lanes: lanes, consumer: consumer) { return entry }
                return try await wait(lanes, seconds)
            } catch let failure as RedisFailure
                where repairs < 3 && ["NOGROUP", "UNBLOCKED"].contains(failure.serverWord)
            {
                // The server is used for the first time, or was emptied, perhaps during the wait.
                repairs += 1
                try await queue.prepare()
            }
        }
    }

    /// Closes the connection and removes the reader from the server.
    func close() async {
        let connection = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        await connection?.close()
        try? await queue.leave(consumer: consumer)
    }

    private func wait(_ lanes: [Lane], _ seconds: Int) async throws -> TaskQueue.Entry? {
        let connection = try await openConnection()
        let command: [RedisArgument] =
            [
                "XREADGROUP", "GROUP", .text(TaskQueue.group), .text(consumer), "COUNT", "1", "BLOCK",
                .integer(seconds * 1000), "STREAMS",
            ] + lanes.map { .text(TaskQueue.stream($0)) } + lanes.map { _ in ">" }
        // Cancellation does not reach this read, because an aborted read could lose an entry; `wake` ends it instead.
        let reading = Task { try await connection.send(command, timeout: .seconds(seconds + 5)) }
        let isOver = Atomic(false)
        let reply = try await withTaskCancellationHandler {
            defer { isOver.store(true, ordering: .relaxed) }
            return try await reading.value
        } onCancel: {
            wake(connection) { isOver.load(ordering: .relaxed) }
        }
        let entries = entries(in: reply, lanes)
        // If several lanes got an entry at the same moment, this reader keeps only the most urgent one.
        let kept = Task.isCancelled ? nil : entries.first
        let surplus = Task.isCancelled ? entries[...] : entries.dropFirst()
        if !surplus.isEmpty {
            let queue = queue
            await Task { for entry in surplus { try? await queue.putBack(entry) } }.value
        }
        return kept
    }

    private func wake(_ connection: RedisConnection, unless isOver: @escaping @Sendable () -> Bool) {
        let redis = queue.redis
        Task {
            // Until the read has reached the server, there is nothing to unblock.
            while !isOver(),
                try await redis.send(["CLIENT", "UNBLOCK", .integer(connection.identifier)]) != .integer(1)
            {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private func openConnection() async throws -> RedisConnection {
        if let connection = state.withLock({ $0.connection }), connection.isOpen { return connection }
        let connection = try await queue.redis.blockingConnection()
        state.withLock { $0.connection = connection }
        return connection
    }

    private func entries(in reply: RedisValue, _ lanes: [Lane]) -> [TaskQueue.Entry] {
        (reply.array ?? []).compactMap { stream -> TaskQueue.Entry? in
            guard let parts = stream.array, parts.count == 2,
                let lane = lanes.first(where: { TaskQueue.stream($0) == parts[0].text }),
                let entry = parts[1].array?.first
            else { return nil }
            return TaskQueue.entry(entry, lane)
        }
        .sorted { TaskQueue.number(of: $0.lane) < TaskQueue.number(of: $1.lane) }
    }
}
