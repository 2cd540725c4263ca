internal import Ground
internal import Logging
public import MediaModel
internal import Redis
internal import SQL
public import ServiceLifecycle

/// Takes tasks from the queue and does them, several at a time.
///
/// On a graceful shutdown it takes no more tasks, waits up to `drain` for the running ones, then cancels them and hands
/// them back.
public struct Worker: Service {
    /// The configuration of a worker.
    public struct Configuration: Sendable {
        /// The worker's name in SQL, Redis and logs; unique among running workers.
        public var name: String
        /// The machine it runs on, for people.
        public var host = ""
        /// The process identifier on that machine, for people.
        public var process = 0
        /// The program's version, for people.
        public var version = ""
        /// How many tasks it does at a time.
        public var slots: Int
        /// How many further tasks it does of the urgent lane, so that a viewer's task never waits for a slot; their handler
        /// has others yield.
        public var urgentSlots: Int
        /// The lanes it serves.
        public var lanes: [Lane] = Lane.allCases
        /// Milliseconds without a renewal after which another worker can take one of its tasks.
        public var lease: Int64 = 30_000
        /// Milliseconds that running tasks have to finish on a graceful shutdown.
        public var drain: Int64 = 0
        /// How long failed tasks wait.
        public var retry = RetryPolicy()
        /// Whether the worker takes back the tasks that a crashed process of its name held, instead of waiting until their
        /// leases expire. Set it only where no other process can have the name, as when a locked data folder names it.
        public var reclaimsOwnTasks = false

        /// A configuration with defaults for all but the name and the slots.
        public init(name: String, slots: Int) {
            self.name = name
            self.slots = slots
            // A viewer's task has one rung, and keeps one core busy where any other keeps two.
            urgentSlots = 2 * slots
        }
    }

    private let configuration: Configuration
    private let dispatcher: Dispatcher
    private let handler: any TaskHandler
    private let directives: WorkerDirectives
    private let demands = DemandRouter()

    /// A worker that shares its database, queue and clock with a dispatcher.
    public init(_ configuration: Configuration, dispatcher: Dispatcher, handler: any TaskHandler) {
        self.configuration = configuration
        self.dispatcher = dispatcher
        self.handler = handler
        directives = WorkerDirectives(lanes: configuration.lanes)
    }

    /// Works until a graceful shutdown or cancellation.
    public func run() async throws {
        if configuration.reclaimsOwnTasks {
            let reclaimer = Reclaimer(dispatcher: dispatcher, handler: handler)
            try await reclaimer.reclaimHeld(by: configuration.name)
        }
        let record = WorkerRecord(
            name: configuration.name, host: configuration.host, process: configuration.process,
            version: configuration.version, slots: configuration.slots, lanes: configuration.lanes,
            startedAt: dispatcher.clock.now())
        let heartbeat = WorkerHeartbeat(record, directives: directives, dispatcher: dispatcher)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await heartbeat.run() }
            group.addTask { await demands.run(dispatcher) }
            await withDiscardingTaskGroup { slots in
                for slot in 0..<configuration.slots {
                    slots.addTask { await serve(slot: "\(slot)", lanes: Lane.allCases) }
                }
                guard configuration.lanes.contains(.urgent) else { return }
                for slot in 0..<configuration.urgentSlots {
                    slots.addTask { await serve(slot: "urgent-\(slot)", lanes: [.urgent]) }
                }
            }
            group.cancelAll()
        }
        await Task { await heartbeat.end() }.value
    }

    /// Runs one slot: takes a task, does it, takes the next.
    /// - Parameter lanes: The lanes from which the slot takes tasks while the worker takes from them.
    private func serve(slot: String, lanes: [Lane]) async {
        let reader = QueueReader(
            queue: dispatcher.queue, consumer: "\(configuration.name)/\(slot)", clock: dispatcher.clock)
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                guard let task = try await nextTask(reader, lanes) else { continue }
                await directives.whileBusy {
                    await TaskExecution(
                        task, handler: handler, dispatcher: dispatcher, configuration: configuration,
                        demands: demands
                    ).run()
                }
            } catch {
                if Task.isShuttingDownGracefully || Task.isCancelled { break }
                dispatcher.logger.warning("cannot take a task", metadata: ["error": "\(error)"])
                try? await cancelWhenGracefulShutdown { try await dispatcher.clock.sleep(500) }
            }
        }
        await Task { await reader.close() }.value
    }

    /// Takes an entry from the queue and claims its task in SQL; from then on the lease replaces the entry.
    /// - Returns: `nil` if there was no entry for a while, or its task cannot be claimed.
    private func nextTask(_ reader: QueueReader, _ served: [Lane]) async throws -> ClaimedTask? {
        let (lanes, queue) = (directives.lanes.filter(served.contains), dispatcher.queue)
        guard !lanes.isEmpty else {
            await cancelWhenGracefulShutdown { await directives.waitForLane(among: served) }
            return nil
        }
        guard let entry = try await cancelWhenGracefulShutdown({ try await reader.next(from: lanes) }) else {
            return nil
        }
        guard directives.lanes.contains(entry.lane) else {
            // The lane was paused during the wait.
            try await queue.putBack(entry)
            return nil
        }
        let (name, now) = (configuration.name, dispatcher.clock.now())
        let leaseUntil = now + configuration.lease
        let task: ClaimedTask?
        do {
            task = try await dispatcher.database.transaction { connection in
                try TaskLeases.claim(task: entry.task, worker: name, leaseUntil: leaseUntil, at: now, in: connection)
            }
        } catch {
            await Task { try? await queue.putBack(entry) }.value
            throw error
        }
        // A cancellation does not reach the new Swift task. If Redis is away, the entry later finds nothing to claim.
        await Task { try? await queue.acknowledge(entry) }.value
        if let task {
            dispatcher.metrics.claimed(task.record, at: now)
            await queue.announce(video: task.videoID)
        }
        return task
    }
}
