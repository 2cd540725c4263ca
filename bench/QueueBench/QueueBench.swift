import Accounts
import Catalog
import Foundation
import Ground
import Jobs
import Logging
import MediaModel
import Redis
import SQL
import Schema
import ServiceLifecycle
import Synchronization

/// Measures the pool without media: tasks a second through claim and completion, and the time from a commit to the first
/// task of an idle pool. Prints one JSON object.
///
///     queue-bench [--tasks 20000] [--jobs 100] [--slots 64] [--rounds 200]
@main
struct QueueBench {
    static func main() async throws {
        let options = Options(CommandLine.arguments)
        let folder = FileManager.default.temporaryDirectory.appending(path: "queue-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let quiet = Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
        let database = try SQLiteDatabase(path: folder + "/bench.db")
        try await Schema.prepare(database)
        let server = try await PrivateRedisServer.start(in: folder + "/redis", logger: quiet)
        let redis = RedisClient(endpoint: server.endpoint, logger: quiet)
        let dispatcher = Dispatcher(database: database, queue: TaskQueue(redis: redis), logger: quiet)
        let bench = QueueBench(database: database, dispatcher: dispatcher, logger: quiet)
        try await bench.prepare(shares: options["jobs"])
        let latencies = try await bench.latency(rounds: options["rounds"])
        let rate = try await bench.throughput(
            tasks: options["tasks"], jobs: options["jobs"], slots: options["slots"])
        print(
            """
            {"tasks_per_second": \(Int(rate)), "first_task_ms_p50": \(latencies[latencies.count / 2]), \
            "first_task_ms_p95": \(latencies[latencies.count * 95 / 100])}
            """)
        await redis.shutdown()
        await server.stop()
        await database.close()
    }

    let database: any Database
    let dispatcher: Dispatcher
    let logger: Logger

    /// Rows that jobs refer to.
    func prepare(shares: Int) async throws {
        try await database.transaction { connection in
            for index in 0..<shares {
                try Users.insert(
                    User(
                        id: "usr_\(index)", email: "u\(index)@example.org", username: "u\(index)", passwordHash: "x",
                        passwordScheme: "none", createdAt: 1), in: connection)
                try Videos.insert(
                    Video(id: "vid_\(index)", ownerID: "usr_\(index)", title: "bench", createdAt: 1), in: connection)
            }
        }
    }

    /// Milliseconds from the commit of a job to the start of its task, sorted.
    func latency(rounds: Int) async throws -> [Double] {
        let handler = BenchHandler()
        return try await working(slots: 4, handler) {
            var found: [Double] = []
            for _ in 0..<rounds {
                let job = try await createJobs(1, tasks: 1)[0]
                let began = ContinuousClock.now
                let first = handler.next()
                await dispatcher.wake(job: job.id)
                found.append((await first.value - began) / .milliseconds(1))
            }
            return found.sorted()
        }
    }

    /// Tasks a second.
    func throughput(tasks: Int, jobs: Int, slots: Int) async throws -> Double {
        let handler = BenchHandler()
        let created = try await createJobs(jobs, tasks: tasks / jobs)
        let began = ContinuousClock.now
        try await working(slots: slots, handler) {
            for job in created { await dispatcher.wake(job: job.id) }
            await handler.until(tasks / jobs * jobs)
        }
        return Double(tasks / jobs * jobs) / ((ContinuousClock.now - began) / .seconds(1))
    }

    private func createJobs(_ count: Int, tasks: Int) async throws -> [JobRecord] {
        let now = WallClock.system.now()
        return try await database.transaction { connection in
            try (0..<count).map { index in
                try JobStore.createJob(
                    video: "vid_\(index)", generation: 1, tenant: "usr_\(index)",
                    tasks: (0..<tasks).map {
                        NewTask(.video(range: SegmentRange(first: $0, count: 1), rungs: ["v240"]))
                    }, at: now, in: connection)
            }
        }
    }

    private func working<Value>(
        slots: Int, _ handler: BenchHandler, _ body: () async throws -> Value
    ) async throws -> Value {
        let worker = Worker(.init(name: "bench", slots: slots), dispatcher: dispatcher, handler: handler)
        let group = ServiceGroup(services: [worker], logger: logger)
        let running = Task { try await group.run() }
        let value = try await body()
        await group.triggerGracefulShutdown()
        try await running.value
        return value
    }
}

/// A handler that does nothing but count.
final class BenchHandler: TaskHandler {
    private struct State {
        var count = 0
        var wanted = Int.max
        var reached: CheckedContinuation<Void, Never>?
        var next: AsyncStream<ContinuousClock.Instant>.Continuation?
    }

    private let state = Mutex(State())

    /// When the next task starts.
    func next() -> Task<ContinuousClock.Instant, Never> {
        let (stream, continuation) = AsyncStream<ContinuousClock.Instant>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.next = continuation }
        return Task {
            for await instant in stream { return instant }; return .now
        }
    }

    /// Returns once so many tasks were done.
    func until(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                guard state.count < count else { return true }
                state.wanted = count
                state.reached = continuation
                return false
            }
            if isReached { continuation.resume() }
        }
    }

    func run(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome {
        _ = state.withLock { $0.next.take()?.yield(.now) }
        return TaskOutcome { _ in
            .nothing
        } committed: { [self] in
            let reached = state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.count += 1
                return state.count >= state.wanted ? state.reached.take() : nil
            }
            reached?.resume()
        }
    }

    func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws {}
}

/// `--name number` pairs.
struct Options {
    private var values = ["tasks": 20_000, "jobs": 100, "slots": 64, "rounds": 200]

    init(_ arguments: [String]) {
        for (name, value) in zip(arguments, arguments.dropFirst()) where name.hasPrefix("--") {
            if let number = Int(value), number > 0 { values[String(name.dropFirst(2))] = number }
        }
    }

    subscript(name: String) -> Int { values[name] ?? 1 }
}
