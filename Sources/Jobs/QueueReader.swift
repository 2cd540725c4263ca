internal import Ground
internal import MediaModel
internal import Redis
internal import Synchronization

/// One reader of the queue: asks for the most urgent entry, and waits for one on a connection of its own.
///
/// Used by one task at a time.
final class QueueReader: Sendable {
    private struct State {
        var connection: RedisConnection?
        var nextTakeOver: Int64 = 0
    }

    private let queue: TaskQueue
    private let consumer: String
    private let clock: WallClock
    private let state = Mutex(State())

    /// - Parameter consumer: Unique among all readers.
    init(queue: TaskQueue, consumer: String, clock: WallClock) {
        self.queue = queue
        self.consumer = consumer
        self.clock = clock
    }

    /// The next entry, or `nil` when none came for a while or the task was cancelled.
    ///
    /// Cancelling ends the wait at once; an entry that arrives at that very moment is put back.
    /// - Parameter lanes: Lanes to take from, most urgent first; at least one.
    /// - Throws: ``RedisFailure``.
    func next(from lanes: [Lane], waiting seconds: Int = 5) async throws -> TaskQueue.Entry? {
        var repairs = 0
        while true {
            do {
                return try await read(lanes, seconds)
            } catch let failure as RedisFailure
                where repairs < 3 && ["NOGROUP", "UNBLOCKED"].contains(failure.serverWord)
            {
                // The first use of this server, or it was emptied, perhaps while we were waiting.
                repairs += 1
                try await queue.prepare()
            }
        }
    }

    /// Closes the connection and takes the reader off the server's list.
    func close() async {
        let connection = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        await connection?.close()
        try? await queue.leave(consumer: consumer)
    }

    private func read(_ lanes: [Lane], _ seconds: Int) async throws -> TaskQueue.Entry? {
        let now = clock.now()
        if state.withLock({ $0.nextTakeOver <= now }) {
            if let entry = try await queue.takeOver(lanes: lanes, consumer: consumer) { return entry }
            state.withLock { $0.nextTakeOver = now + 5_000 }
        }
        if let entry = try await queue.take(lanes: lanes, consumer: consumer) { return entry }
        return try await wait(lanes, seconds)
    }

    private func wait(_ lanes: [Lane], _ seconds: Int) async throws -> TaskQueue.Entry? {
        let connection = try await openConnection()
        let command: [RedisArgument] =
            [
                "XREADGROUP", "GROUP", .text(TaskQueue.group), .text(consumer), "COUNT", "1", "BLOCK",
                .integer(seconds * 1000), "STREAMS",
            ] + lanes.map { .text(TaskQueue.stream($0)) } + lanes.map { _ in ">" }
        // Not cancelled with us: a read that is cut off could swallow an entry. It is woken up instead.
        let reading = Task { try await connection.send(command, timeout: .seconds(seconds + 5)) }
        let isOver = Atomic(false)
        let reply = try await withTaskCancellationHandler {
            defer { isOver.store(true, ordering: .relaxed) }
            return try await reading.value
        } onCancel: {
            wake(connection) { isOver.load(ordering: .relaxed) }
        }
        let entries = entries(in: reply, lanes)
        // Rarely several lanes are filled at the same moment; only the most urgent entry is ours then.
        let mine = Task.isCancelled ? nil : entries.first
        let surplus = Task.isCancelled ? entries[...] : entries.dropFirst()
        if !surplus.isEmpty {
            let queue = queue
            await Task { for entry in surplus { try? await queue.putBack(entry) } }.value
        }
        return mine
    }

    private func wake(_ connection: RedisConnection, unless isOver: @escaping @Sendable () -> Bool) {
        let redis = queue.redis
        Task {
            // The read may not have reached the server yet; then there is nobody to wake.
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
