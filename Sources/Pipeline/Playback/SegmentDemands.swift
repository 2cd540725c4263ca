import Catalog
public import Jobs
public import MediaModel
import SQL

/// How tasks are made urgent, of `Dispatcher`.
public struct DemandQueue: Sendable {
    /// Moves a task that no worker holds to the urgent lane.
    let raise: @Sendable (_ task: String) async throws -> Bool
    /// Divides a task that no worker holds; `false` if it has changed.
    let divide: @Sendable (_ task: TaskRecord, _ demanded: WorkItem, _ rest: [NewTask]) async throws -> Bool
    /// Tells the worker that runs a task of a demand.
    let demand: @Sendable (_ demand: SegmentDemand, _ task: String) async -> Void
    /// Moves an urgent task to another lane, because no viewer waits for it any more, or tells its worker.
    let withdraw: @Sendable (_ task: TaskRecord, _ lane: Lane) async throws -> Void

    /// A queue: `Dispatcher.raise(task:)`, `Dispatcher.divide(_:into:and:)`, `Dispatcher.demand(_:of:)` and
    /// `Dispatcher.withdraw(_:to:)`.
    public init(
        raise: @escaping @Sendable (_ task: String) async throws -> Bool,
        divide: @escaping @Sendable (_ task: TaskRecord, _ demanded: WorkItem, _ rest: [NewTask]) async throws -> Bool,
        demand: @escaping @Sendable (_ demand: SegmentDemand, _ task: String) async -> Void,
        withdraw: @escaping @Sendable (_ task: TaskRecord, _ lane: Lane) async throws -> Void
    ) {
        self.raise = raise
        self.divide = divide
        self.demand = demand
        self.withdraw = withdraw
    }
}

/// Has missing objects made for the viewers who wait for them.
struct SegmentDemands: Sendable {
    private let database: any Database
    private let queue: DemandQueue

    /// How often a request is repeated when a worker or another node was faster.
    private static let attempts = 3

    init(database: any Database, queue: DemandQueue) {
        self.database = database
        self.queue = queue
    }

    /// What is known of a generation whose objects are missing.
    private struct Found: Sendable {
        let plan: EncodingPlan
        let tasks: [TaskRecord]
    }

    /// Asks for an object of a generation; with a segment of the video also for that of the default audio.
    /// - Returns: Whether a task will make it.
    /// - Throws: `SQLFailure`. A task that cannot be made urgent now comes in its turn.
    func request(video: String, generation: Int, path: String) async throws -> Bool {
        var isMade = false
        for attempt in 0..<Self.attempts {
            guard let found = try await find(video: video, generation: generation) else { return false }
            guard let demand = Self.demand(path, of: found.plan) else {
                // The task of the images is never raised.
                let isImage = path.hasSuffix(".jpg") || path == ImagePlan.smallPosterName
                return isImage && found.tasks.contains { $0.item == .images }
            }
            if attempt == 0 { isMade = found.tasks.contains { Self.makes($0.item, demand, found.plan) } }
            var isSettled = try await request(demand, found, generation)
            if found.plan.video?.rungs.contains(where: { $0.name == demand.track }) == true, isMade,
                let audio = found.plan.audio.first
            {
                let sound = SegmentDemand(track: audio.name, segment: demand.segment)
                isSettled = try await request(sound, found, generation) && isSettled
            }
            if isSettled { break }
        }
        return isMade
    }

    /// Takes back the request for an object for which nobody waits any more, and that for the sound beside it.
    ///
    /// A task that makes something else for which somebody waits stays urgent, as do those that make a video playable.
    /// - Parameter isWanted: Whether somebody waits for the object at a path of the generation.
    /// - Throws: `SQLFailure`, or what the queue throws.
    func withdraw(
        video: String, generation: Int, path: String, isWanted: @Sendable (_ path: String) -> Bool
    ) async throws {
        guard let found = try await find(video: video, generation: generation),
            let demand = Self.demand(path, of: found.plan)
        else { return }
        let tracks = Set([demand.track] + found.plan.audio.prefix(1).map(\.name))
        let left = tracks.map { SegmentDemand(track: $0, segment: demand.segment) }
        let makers = found.tasks.filter { task in
            task.lane == .urgent && left.contains { Self.makes(task.item, $0, found.plan) }
        }
        for task in makers {
            let segments = task.item.range(segmentCount: found.plan.segmentCount)
            let paths = task.item.tracks.flatMap { track in
                segments.map { ObjectKey.segment(track: track, index: $0) }
            }
            guard segments.lowerBound > 0, !paths.contains(where: isWanted) else { continue }
            try await queue.withdraw(task, Reprocessing.lane(.normal, of: generation))
        }
        // Somebody who came meanwhile has asked while the task was still urgent.
        if isWanted(path) { _ = try await request(video: video, generation: generation, path: path) }
    }

    /// - Returns: `false` if the tasks have changed meanwhile.
    private func request(_ demand: SegmentDemand, _ found: Found, _ generation: Int) async throws -> Bool {
        guard let task = found.tasks.first(where: { Self.makes($0.item, demand, found.plan) }) else { return true }
        if task.state == .running {
            await queue.demand(demand, task.id)
            return true
        }
        // A viewer who watches on gets more at a time than one who looks around, unless others wait.
        let othersWait = found.tasks.contains { $0.lane == .urgent && $0.state != .running && $0.id != task.id }
        let before = SegmentDemand(track: demand.track, segment: demand.segment - 1)
        let maker = found.tasks.first { Self.makes($0.item, before, found.plan) }
        let isFollowing = !othersWait && demand.segment > 0 && (maker == nil || maker?.lane == .urgent)
        let missing = found.plan.segments(of: task.item)
        let division = found.plan.division(of: task.item, missing: missing, for: demand, isFollowing: isFollowing)
        do {
            guard let division, let demanded = division.demanded, !division.rest.isEmpty else {
                _ = try await queue.raise(task.id)
                return true
            }
            let lane = Reprocessing.lane(.normal, of: generation)
            return try await queue.divide(
                task, demanded, division.rest.map { NewTask($0, lane: lane, maxAttempts: task.maxAttempts) })
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return true
        }
    }

    private func find(video: String, generation: Int) async throws -> Found? {
        try await database.read { connection -> Found? in
            guard let row = try Generations.find(video: video, number: generation, in: connection),
                let plan = row.plan, row.state == .processing || row.state == .playable
            else { return nil }
            let served = try Videos.servedGeneration(video, in: connection)
            guard served == nil || served == generation else { return nil }
            return Found(
                plan: plan,
                tasks: try JobStore.unfinishedTasks(video: video, generation: generation, in: connection))
        }
    }

    /// The segment at a path; the first one of a track for its initialization segment.
    private static func demand(_ path: String, of plan: EncodingPlan) -> SegmentDemand? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count == 2 else { return nil }
        let index = parts[1] == "init.mp4" ? 0 : ObjectKey.segmentIndex(fileName: parts[1])
        guard let index, index < plan.segmentCount else { return nil }
        return SegmentDemand(track: parts[0], segment: index)
    }

    private static func makes(_ item: WorkItem, _ demand: SegmentDemand, _ plan: EncodingPlan) -> Bool {
        item.tracks.contains(demand.track)
            && item.range(segmentCount: plan.segmentCount).contains(demand.segment)
    }
}
