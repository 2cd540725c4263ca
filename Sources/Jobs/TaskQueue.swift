public import MediaModel
public import Redis

/// Hands task names to workers: a Redis stream a lane, one consumer group for all workers.
///
/// Carries nothing that SQL does not know. A name is in at most one stream at a time, so handing it out again is
/// harmless; an entry lives until its task was claimed in SQL. All keys begin with `vh:`.
public struct TaskQueue: Sendable {
    /// A task's name on its way to a worker.
    public struct Entry: Sendable, Hashable {
        /// The task.
        public let task: String
        /// The lane it came through.
        public let lane: Lane
        /// The stream's name of the entry.
        let identifier: String
    }

    /// The client; its owner shuts it down.
    public let redis: RedisClient
    /// How long an entry may be read but not claimed before others take it over, in milliseconds.
    private let claimTime: Int64

    static let group = "workers"
    static let directory = "vh:tasks"
    private static let birth = "vh:birth"

    /// A queue.
    /// - Parameter claimTime: Milliseconds from reading an entry to having claimed its task, at most; longer than a
    ///   transaction may wait.
    public init(redis: RedisClient, claimTime: Int64 = 15_000) {
        self.redis = redis
        self.claimTime = claimTime
    }

    /// The stream of a lane.
    static func stream(_ lane: Lane) -> String { "vh:lane:\(lane.rawValue)" }

    /// The channel on which every change of a video is announced.
    public static func channel(video: String) -> String { "vh:video:\(video)" }

    /// Puts tasks into their lanes. One that is there already stays where it is, or moves to a more urgent lane.
    /// - Throws: ``RedisFailure``.
    public func dispatch(_ tasks: [JobStore.Dispatch]) async throws {
        // In runs, because the server does nothing else while a script runs.
        var rest = tasks[...]
        while !rest.isEmpty {
            let run = rest.prefix(200)
            rest = rest.dropFirst(200)
            let arguments = run.flatMap { [RedisArgument.text($0.task), .integer(Self.number(of: $0.lane))] }
            _ = try await redis.evaluate(
                QueueScript.dispatch, keys: [Self.directory] + Lane.allCases.map(Self.stream), arguments: arguments)
        }
    }

    /// Removes an entry whose task was claimed or is not wanted any more.
    /// - Throws: ``RedisFailure``.
    public func acknowledge(_ entry: Entry) async throws {
        try await finish(entry, again: false)
    }

    /// Puts an entry back for somebody else.
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

    /// Tells everybody who watches a video to look at it again. Lost messages do no harm.
    public func announce(video: String) async {
        try? await redis.send("{\"video\":\"\(video)\"}", to: Self.channel(video: video))
    }

    /// What the server's memory of the queue is called: another text means that it was restarted or emptied.
    /// - Throws: ``RedisFailure``.
    func incarnation() async throws -> String {
        let token = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let replies = try await redis.pipeline([
            ["SET", .text(Self.birth), .text(token), "NX"], ["GET", .text(Self.birth)], ["INFO", "server"],
        ])
        let run = replies[2].text?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
        return "\(replies[1].text ?? "") \(run ?? "")"
    }

    static func number(of lane: Lane) -> Int { (Lane.allCases.firstIndex(of: lane) ?? 0) + 1 }

    /// Entries that were read long ago and never claimed: their reader died in between.
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

    /// The most urgent entry that waits, if any.
    func take(lanes: [Lane], consumer: String) async throws -> Entry? {
        let reply = try await redis.evaluate(
            QueueScript.take, keys: lanes.map(Self.stream), arguments: [.text(Self.group), .text(consumer)])
        guard let parts = reply.array, parts.count == 2, let index = parts[0].int,
            lanes.indices.contains(Int(index) - 1)
        else { return nil }
        return Self.entry(parts[1], lanes[Int(index) - 1])
    }

    /// Makes the streams and their group where they are missing.
    func prepare() async throws {
        let replies = try await redis.pipeline(
            Lane.allCases.map { ["XGROUP", "CREATE", .text(Self.stream($0)), .text(Self.group), "0", "MKSTREAM"] })
        for case .error(let text) in replies where !text.hasPrefix("BUSYGROUP") {
            throw RedisFailure(.server(text), text)
        }
    }

    /// Removes a reader that has no open entries.
    func leave(consumer: String) async throws {
        _ = try await redis.evaluate(
            QueueScript.leave, keys: Lane.allCases.map(Self.stream), arguments: [.text(Self.group), .text(consumer)])
    }

    /// An entry from `[identifier, [field, value, …]]`.
    static func entry(_ value: RedisValue, _ lane: Lane) -> Entry? {
        guard let parts = value.array, parts.count == 2, let identifier = parts[0].text,
            let fields = parts[1].array, fields.count >= 2, fields[0].text == "task", let task = fields[1].text
        else { return nil }
        return Entry(task: task, lane: lane, identifier: identifier)
    }
}
