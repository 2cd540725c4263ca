internal import Ground
public import MediaModel
public import Redis

/// Hands the names of tasks to workers: one Redis stream for each lane, one consumer group for all workers.
///
/// It holds nothing that SQL does not hold. A name is in at most one stream at a time, so handing it out again is
/// harmless. An entry stays until its task is claimed in SQL. All keys begin with `vh:`.
public struct TaskQueue: Sendable {
    /// The name of a task on its way to a worker.
    public struct Entry: Sendable, Hashable {
        /// The task.
        public let task: String
        /// The lane it came from.
        public let lane: Lane
        /// The identifier of the entry in its stream.
        let identifier: String
    }

    /// The client; its owner shuts it down.
    public let redis: RedisClient
    /// Milliseconds after which another reader takes over an entry that was read and not claimed.
    private let claimTime: Int64

    static let group = "workers"
    static let directory = "vh:tasks"
    private static let birth = "vh:birth"
    private static let poolChannel = "vh:pool"
    private static let demandChannel = "vh:demand"

    /// A queue.
    /// - Parameter claimTime: Milliseconds that a reader has to claim the task of an entry; more than a transaction can
    ///   wait for locks.
    public init(redis: RedisClient, claimTime: Int64 = 15_000) {
        self.redis = redis
        self.claimTime = claimTime
    }

    /// The Redis key of a lane's stream.
    static func stream(_ lane: Lane) -> String { "vh:lane:\(lane.rawValue)" }

    /// The Redis channel on which changes of a video are announced.
    public static func channel(video: String) -> String { "vh:video:\(video)" }

    /// Puts tasks into their lanes. A task that is in a lane already stays there, or moves to a more urgent one.
    /// - Throws: ``RedisFailure``.
    public func dispatch(_ tasks: [TaskDispatch]) async throws {
        // In batches, because the server does nothing else while a script runs.
        var rest = tasks[...]
        while !rest.isEmpty {
            let batch = rest.prefix(200)
            rest = rest.dropFirst(200)
            let arguments = batch.flatMap { [RedisArgument.text($0.task), .integer(Self.number(of: $0.lane))] }
            _ = try await redis.evaluate(
                QueueScript.dispatch, keys: [Self.directory] + Lane.allCases.map(Self.stream), arguments: arguments)
        }
    }

    /// Removes an entry whose task is claimed or cannot be claimed any more.
    /// - Throws: ``RedisFailure``.
    public func acknowledge(_ entry: Entry) async throws {
        try await finish(entry, again: false)
    }

    /// Puts an entry back for another reader.
    /// - Throws: ``RedisFailure``.
    public func putBack(_ entry: Entry) async throws {
        try await finish(entry, again: true)
    }

    private func finish(_ entry: Entry, again: Bool) async throws {
        _ = try await redis.evaluate(
            QueueScript.finish, keys: [Self.directory, Self.stream(entry.lane)],
            arguments: [
                .text(Self.group), .text(entry.identifier), .text(entry.task), .integer(Self.number(of: entry.lane)),
                again ? 1 : 0,
            ])
    }

    /// Tells all subscribers of a video that it has changed. A lost message does no harm.
    public func announce(video: String) async {
        try? await redis.send("{\"video\":\"\(video)\"}", to: Self.channel(video: video))
    }

    /// Tells all workers to read their directives now. A lost message does no harm: they read them with each heartbeat.
    public func announcePool() async {
        try? await redis.send("changed", to: Self.poolChannel)
    }

    /// The announcements of ``announcePool()`` from now on.
    /// - Throws: ``RedisFailure``.
    func poolChanges() async throws -> RedisSubscription {
        try await redis.subscribe(Self.poolChannel)
    }

    /// Tells the worker that runs a task that a viewer waits for a segment of it. A lost message does no harm: the viewer's
    /// player asks again.
    public func demand(_ demand: SegmentDemand, of task: String) async {
        guard let text = try? JSONText.encode(TaskDemand(task: task, demand: demand)) else { return }
        try? await redis.send(String(decoding: text, as: UTF8.self), to: Self.demandChannel)
    }

    /// Removes a task from a lane if it waits there.
    /// - Throws: ``RedisFailure``.
    func remove(task: String, from lane: Lane) async throws {
        _ = try await redis.evaluate(
            QueueScript.remove, keys: [Self.directory, Self.stream(lane)],
            arguments: [.text(Self.group), .text(task), .integer(Self.number(of: lane))])
    }

    /// The messages of ``demand(_:of:)`` from now on.
    /// - Throws: ``RedisFailure``.
    func demands() async throws -> RedisSubscription {
        try await redis.subscribe(Self.demandChannel)
    }

    /// A name for what the server remembers of the queue; it changes when the server is restarted or emptied.
    /// - Throws: ``RedisFailure``.
    func incarnation() async throws -> String {
        let mark = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let replies = try await redis.pipeline([
            ["SET", .text(Self.birth), .text(mark), "NX"], ["GET", .text(Self.birth)], ["INFO", "server"],
        ])
        let run = replies[2].text?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
        return "\(replies[1].text ?? "") \(run ?? "")"
    }

    /// The number of a lane in the scripts, counted from 1 for the most urgent.
    static func number(of lane: Lane) -> Int { (Lane.allCases.firstIndex(of: lane) ?? 0) + 1 }

    /// Takes over an entry that was read longer ago than `claimTime` and not claimed, because its reader died.
    func takeOver(lanes: [Lane], consumer: String) async throws -> Entry? {
        for lane in lanes {
            let reply = try await redis.send([
                "XAUTOCLAIM", .text(Self.stream(lane)), .text(Self.group), .text(consumer), .integer(claimTime), "0-0",
                "COUNT", "1",
            ])
            if let entry = reply.array?.dropFirst().first?.array?.first { return Self.entry(entry, lane) }
        }
        return nil
    }

    /// Takes the most urgent entry that waits, if any.
    func take(lanes: [Lane], consumer: String) async throws -> Entry? {
        let reply = try await redis.evaluate(
            QueueScript.take, keys: lanes.map(Self.stream), arguments: [.text(Self.group), .text(consumer)])
        guard let parts = reply.array, parts.count == 2, let index = parts[0].int,
            lanes.indices.contains(Int(index) - 1)
        else { return nil }
        return Self.entry(parts[1], lanes[Int(index) - 1])
    }

    /// Creates the streams and their consumer group where they are missing.
    func prepare() async throws {
        let replies = try await redis.pipeline(
            Lane.allCases.map { ["XGROUP", "CREATE", .text(Self.stream($0)), .text(Self.group), "0", "MKSTREAM"] })
        for case .error(let text) in replies where !text.hasPrefix("BUSYGROUP") {
            throw RedisFailure(.server(text), text)
        }
    }

    /// Removes a reader from the server unless it has open entries.
    func leave(consumer: String) async throws {
        _ = try await redis.evaluate(
            QueueScript.leave, keys: Lane.allCases.map(Self.stream), arguments: [.text(Self.group), .text(consumer)])
    }

    /// Reads an entry from `[identifier, [field, value, …]]`.
    static func entry(_ value: RedisValue, _ lane: Lane) -> Entry? {
        guard let parts = value.array, parts.count == 2, let identifier = parts[0].text,
            let fields = parts[1].array, fields.count >= 2, fields[0].text == "task", let task = fields[1].text
        else { return nil }
        return Entry(task: task, lane: lane, identifier: identifier)
    }
}
