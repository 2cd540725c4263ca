internal import Ground
internal import Logging
public import MediaModel
internal import Redis
internal import SQL
public import ServiceLifecycle

/// Takes tasks and does them, several at a time.
///
/// On a graceful shutdown it takes no more, waits `drain` for what is running, then cancels and hands back the rest.
public struct Worker: Service {
    /// How to work.
    public struct Configuration: Sendable {
        /// Its name in SQL, Redis and logs; unique among running workers.
        public var name: String
        /// The machine it runs on, for people.
        public var host = ""
        /// Its process on that machine, for people.
        public var process = 0
        /// The program's version, for people.
        public var version = ""
        /// Tasks at a time.
        public var slots: Int
        /// Lanes it serves.
        public var lanes: [Lane] = Lane.allCases
        /// Milliseconds without a heartbeat after which others may take its tasks.
        public var lease: Int64 = 30_000
        /// Milliseconds that running tasks get to finish on a graceful shutdown.
        public var drain: Int64 = 0
        /// When failed tasks are tried again.
        public var retry = RetryPolicy()
        /// Whether tasks that SQL says this worker holds are taken back at the start instead of waiting for their
        /// lease.
        /// Only where nobody else can run under the name, as when a locked data folder names it.
        public var reclaimsOwnTasks = false

        /// A worker of so many slots.
        public init(name: String, slots: Int) {
            self.name = name
            self.slots = slots
        }
    }

    let configuration: Configuration
    let dispatcher: Dispatcher
    let handler: any TaskHandler
    private let orders: WorkerDirectives

    /// A worker that shares its database, queue and clock with a dispatcher.
    public init(_ configuration: Configuration, dispatcher: Dispatcher, handler: any TaskHandler) {
        self.configuration = configuration
        self.dispatcher = dispatcher
        self.handler = handler
        orders = WorkerDirectives(lanes: configuration.lanes)
    }

    /// Works until a graceful shutdown or cancellation.
    public func run() async throws {
        if configuration.reclaimsOwnTasks {
            let reclaimer = Reclaimer(dispatcher: dispatcher, handler: handler)
            try await reclaimer.reclaimHeld(by: configuration.name)
        }
        let registration = WorkerHeartbeat(record: record(), orders: orders, dispatcher: dispatcher)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await registration.keep() }
            await withDiscardingTaskGroup { slots in
                for slot in 0..<configuration.slots { slots.addTask { await serve(slot: slot) } }
            }
            group.cancelAll()
        }
        await Task { await registration.end() }.value
    }

    private func record() -> WorkerRecord {
        WorkerRecord(
            name: configuration.name, host: configuration.host, process: configuration.process,
            version: configuration.version, slots: configuration.slots, lanes: configuration.lanes,
            startedAt: dispatcher.clock.now())
    }

    /// One slot: take a task, do it, take the next.
    private func serve(slot: Int) async {
        let reader = QueueReader(
            queue: dispatcher.queue, consumer: "\(configuration.name)/\(slot)", clock: dispatcher.clock)
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let lanes = orders.lanes
                guard !lanes.isEmpty else {
                    await cancelWhenGracefulShutdown { await orders.waitForWork() }
                    continue
                }
                guard let entry = try await cancelWhenGracefulShutdown({ try await reader.next(from: lanes) })
                else { continue }
                guard orders.lanes.contains(entry.lane) else {
                    // The order to pause came while we were waiting.
                    try await dispatcher.queue.putBack(entry)
                    continue
                }
                guard let task = try await claim(entry) else { continue }
                orders.count(1)
                await TaskExecution(task: task, worker: self).perform()
                orders.count(-1)
            } catch {
                if Task.isShuttingDownGracefully || Task.isCancelled { break }
                dispatcher.logger.warning("cannot take a task", metadata: ["error": "\(error)"])
                try? await cancelWhenGracefulShutdown { try await dispatcher.clock.sleep(500) }
            }
        }
        await Task { await reader.close() }.value
    }

    /// Claims an entry's task in SQL. From then on the entry has done its duty: the lease in SQL takes over.
    private func claim(_ entry: TaskQueue.Entry) async throws -> ClaimedTask? {
        let (name, now) = (configuration.name, dispatcher.clock.now())
        let leaseUntil = now + configuration.lease
        let queue = dispatcher.queue
        let task: ClaimedTask?
        do {
            task = try await dispatcher.database.transaction { connection in
                try JobStore.claim(task: entry.task, worker: name, leaseUntil: leaseUntil, at: now, in: connection)
            }
            if let task { dispatcher.metrics.claimed(task.record, at: now) }
        } catch {
            await Task { try? await queue.putBack(entry) }.value
            throw error
        }
        // Shielded from a stop: the claim is committed. If Redis is away, the entry finds nothing to claim later.
        await Task { try? await queue.acknowledge(entry) }.value
        if let task { await queue.announce(video: task.videoID) }
        return task
    }
}
