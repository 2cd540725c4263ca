import Catalog
import Ground
import Jobs
import Logging
import MediaModel
import Redis
import SQL
import SQLFixtures
import Schema
import ServiceLifecycle
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

/// A database with one video, in a temporary folder.
struct JobsFixture: Sendable {
    let folder: String
    let database: any Database
    let time = ManualClock()
    let video = "vid_1"

    var clock: WallClock { time.clock }

    static func with<T>(_ engine: DatabaseEngine, _ body: (JobsFixture) async throws -> T) async throws -> T {
        try await TestDatabase.with(engine) { try await with($0.database, body) }
    }

    private static func with<T>(_ database: any Database, _ body: (JobsFixture) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "videohost-jobs-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Schema.prepare(database)
        let fixture = JobsFixture(folder: folder, database: database)
        try await fixture.transaction { connection in
            try connection.execute(
                """
                INSERT INTO users (id, email, email_ci, username, username_ci, password_hash, password_scheme, role,
                    created_at) VALUES ('usr_1', 'a@b', 'a@b', 'a', 'a', '', '', 'user', 0)
                """)
            try connection.execute(
                """
                INSERT INTO videos (id, owner_id, title, description, state, created_at, updated_at)
                VALUES ('vid_1', 'usr_1', '', '', 'processing', 0, 0)
                """)
        }
        return try await body(fixture)
    }

    func transaction<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await database.transaction(body)
    }

    /// A job with a number of ranges of one segment.
    @discardableResult
    func addJob(
        tasks: Int = 1, lane: Lane = .normal, maxAttempts: Int = 3, tenant: String = UUID().uuidString
    ) async throws -> JobRecord {
        let (video, now) = (video, time.now)
        return try await transaction { connection in
            try JobStore.createJob(
                video: video, generation: 1, tenant: tenant,
                tasks: (0..<tasks).map { NewTask(.range($0), lane: lane, maxAttempts: maxAttempts) }, at: now,
                in: connection)
        }
    }

    func tasks(_ job: JobRecord) async throws -> [TaskRecord] {
        try await database.read { try JobStore.tasks(job: job.id, in: $0) }
    }

    func task(_ job: JobRecord, _ ordinal: Int = 0) async throws -> TaskRecord { try await tasks(job)[ordinal] }

    func job(_ job: JobRecord) async throws -> JobRecord? {
        try await database.read { try JobStore.job(job.id, in: $0) }
    }

    func claim(_ task: TaskRecord, worker: String = "a") async throws -> ClaimedTask? {
        let now = time.now
        return try await transaction { connection in
            try TaskLeases.claim(task: task.id, worker: worker, leaseUntil: now + 30_000, at: now, in: connection)
        }
    }
}

extension WorkItem {
    static func range(_ first: Int) -> WorkItem { .video(range: SegmentRange(first: first, count: 1), rungs: ["v240"]) }
}

/// A fixture with a queue on a real Redis server.
struct QueueFixture: Sendable {
    let jobs: JobsFixture
    let server: PrivateRedisServer
    let queue: TaskQueue
    let dispatcher: Dispatcher

    static func with<T>(
        _ engine: DatabaseEngine, window: Int = 8, claimTime: Int64 = 15_000, _ body: (QueueFixture) async throws -> T
    ) async throws -> T {
        try await JobsFixture.with(engine) { jobs in
            let server = try await PrivateRedisServer.start(in: jobs.folder + "/redis", logger: quiet)
            let redis = RedisClient(endpoint: server.endpoint, logger: quiet)
            let queue = TaskQueue(redis: redis, claimTime: claimTime)
            let dispatcher = Dispatcher(
                database: jobs.database, queue: queue, window: PoolWindow(smallest: window), clock: jobs.clock,
                logger: quiet)
            let fixture = QueueFixture(jobs: jobs, server: server, queue: queue, dispatcher: dispatcher)
            let result: Result<T, any Error>
            do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
            await redis.shutdown()
            await server.stop()
            return try result.get()
        }
    }

    /// Runs services during the body, then stops them gracefully.
    func running<T>(_ services: [any Service], _ body: () async throws -> T) async throws -> T {
        let group = ServiceGroup(services: services, logger: quiet)
        let running = Task { try await group.run() }
        let result: Result<T, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await group.triggerGracefulShutdown()
        try await running.value
        return try result.get()
    }

    /// A worker.
    /// - Parameter urgentSlots: `nil` for the default.
    func worker(_ name: String, slots: Int = 1, urgentSlots: Int? = nil, handler: any TaskHandler) -> Worker {
        var configuration = Worker.Configuration(name: name, slots: slots)
        if let urgentSlots { configuration.urgentSlots = urgentSlots }
        return Worker(configuration, dispatcher: dispatcher, handler: handler)
    }

    /// Waits until a condition holds; checks it again after each announcement of the video.
    func until(_ condition: () async throws -> Bool) async throws {
        let changes = try await queue.redis.subscribe(TaskQueue.channel(video: jobs.video))
        if try await condition() { return }
        for await _ in changes where try await condition() { return }
    }
}

/// A handler made of closures.
struct ScriptedHandler: TaskHandler {
    var attempt: @Sendable (ClaimedTask, TaskContext) async throws -> TaskOutcome
    var died: @Sendable (TaskRecord) -> Void = { _ in }

    func run(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome {
        try await attempt(task, context)
    }

    func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws { died(task) }
}

/// An event that happens once and can be awaited any number of times.
final class Signal: Sendable {
    private let state = Mutex<(isSet: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    func set() {
        let waiters = state.withLock { state in
            defer { state = (true, []) }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiters.append(continuation) }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
    }
}

/// Waits until the task is cancelled.
func untilCancelled() async throws {
    let cancelled = Signal()
    await withTaskCancellationHandler {
        await cancelled.wait()
    } onCancel: {
        cancelled.set()
    }
    throw CancellationError()
}

/// The number of unfinished tasks of a job.
func unfinishedTasks(of job: String, in connection: any SQLConnection) throws -> Int? {
    try connection.query(
        "SELECT COUNT(*) AS unfinished FROM tasks WHERE job_id = $1 AND finished_at IS NULL", [.text(job)]
    ).first?.int("unfinished")
}

extension TaskQueue {
    /// The number of waiting entries of each lane.
    func depth() async throws -> [Lane: Int] {
        let replies = try await redis.pipeline(Lane.allCases.map { ["XLEN", .text("vh:lane:\($0.rawValue)")] })
        return Dictionary(uniqueKeysWithValues: zip(Lane.allCases, replies.map { Int($0.int ?? 0) }))
    }
}
