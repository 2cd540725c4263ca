import Catalog
import Foundation
import Ground
import Jobs
import Logging
import MediaModel
import SQL
import Storage

@testable import Pipeline

extension PipelineFixture {
    static let ranges = [SegmentRange(first: 0, count: 2), SegmentRange(first: 2, count: 1)]

    /// The video as its record says.
    func record() async throws -> Video? { try await database.read { [video] in try Videos.find(id: video, in: $0) } }

    /// Ends the first job as if all tracks were complete: generation 1 is served.
    func finishFirst() async throws {
        let (video, plan) = (video, Self.plan)
        let entries =
            ["v240", "v360", "aund"].flatMap { track in Self.ranges.map { entry(track, $0) } }
            + [entry("posters", SegmentRange(first: 0, count: 1))]
        try await database.transaction { connection in
            try Generations.setPlan(video: video, number: 1, plan, in: connection)
            for entry in entries { try SegmentLedger.record(entry, in: connection) }
            try Generations.apply(.finished, to: 1, of: video, in: connection)
            try Videos.setReady(video, generation: 1, at: 10, in: connection)
            try connection.execute("UPDATE tasks SET state = 'done', finished_at = 10")
            try connection.execute("UPDATE jobs SET state = 'done', finished_at = 10")
        }
    }

    /// Starts reprocessing the video.
    @discardableResult
    func reprocess(_ scope: Reprocessing.Scope = .all, at time: Int64 = 20) async throws -> Reprocessing.Begun {
        try await database.transaction { [video] in
            try Reprocessing.begin(video: video, only: scope, at: time, in: $0)
        }
    }

    /// A generation's state.
    func generation(_ number: Int) async throws -> GenerationState? {
        try await database.read { [video] in try Generations.find(video: video, number: number, in: $0)?.state }
    }

    /// Folders that are queued, with their times.
    func removals() async throws -> [String: Int64] {
        try await database.read { connection in
            let rows = try connection.query("SELECT id, due_at FROM removals")
            return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.text("id"), try $0.integer("due_at")) })
        }
    }

    /// The probe of a job as a worker holds it.
    func claim(_ job: String, at time: Int64 = 30) async throws -> ClaimedTask? {
        try await database.transaction { connection in
            guard let task = try JobStore.tasks(job: job, in: connection).first(where: { $0.state == .queued })
            else { return nil }
            return try TaskLeases.claim(task: task.id, worker: "w", leaseUntil: time + 1000, at: time, in: connection)
        }
    }
}

/// A clock that stands still.
func stopped(at time: Int64) -> WallClock { WallClock(now: { time }, sleep: { _ in }) }

let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
