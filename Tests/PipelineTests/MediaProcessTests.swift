import Foundation
import Ground
import Jobs
import MediaModel
import SQL
import Testing
import Transcoder

@testable import Pipeline

@Suite("Media children and what they wait for", .timeLimit(.minutes(1))) struct MediaProcessTests {
    @Test("Time in which a child waits for its parent counts for no limit") func times() {
        let start = ContinuousClock.now
        func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }
        var times = ChildTimes(patience: .seconds(10), allowed: .seconds(30), at: start)
        #expect(times.fault(at: at(9)) == nil && times.nextLook(at: start) == at(10))
        times.pause(.handling, at: at(9))
        #expect(times.fault(at: at(5000)) == nil && times.nextLook(at: at(5000)) == at(5010))
        times.resume(.handling, at: at(5009))
        #expect(times.fault(at: at(5018)) == nil)
        #expect(times.fault(at: at(5019))?.contains("said nothing") == true)
        times.pause(.handling, at: at(5015))
        times.resume(.handling, at: at(5015))
        times.resume(.handling, at: at(9000))
        times.pause(.handling, at: at(5024))
        times.resume(.handling, at: at(5024))
        // 24 seconds of its own are over; 30 are allowed.
        #expect(times.fault(at: at(5029)) == nil && times.nextLook(at: at(5024)) == at(5030))
        #expect(times.fault(at: at(5030))?.contains("not done") == true)
    }

    @Test("A child whose file takes longer to store than its silence limit is not killed, and its folder is removed")
    func slowStore() async throws {
        let scratch = NSTemporaryDirectory() + "/videohost-media-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let script = """
            echo x > poster-1.jpg
            echo '{"event":{"_0":{"image":{"file":"poster-1.jpg"}}}}'
            while [ ! -e stored ]; do /bin/sleep 0.02; done
            echo '{"done":{"frames":1}}'
            """
        let patience = Duration.seconds(2)
        var configuration = MediaProcess.Configuration(
            executable: "/bin/sh", arguments: ["-c", script], scratchFolder: scratch, patience: patience)
        let (checks, check) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        configuration.didCheckChild = { silence in if silence >= patience { check.yield() } }
        let media = MediaProcess(configuration)
        try media.clearScratch()
        var plan = PipelineFixture.plan
        plan.images.storyboard = nil
        var seen: [String] = []
        try await media.run(.images(plan), source: 0, name: "one") { event, folder in
            guard case .image(let file) = event else { return }
            seen.append(file)
            // A check that comes after its patience must not kill it.
            for await _ in checks { break }
            try Data().write(to: URL(fileURLWithPath: folder + "/stored"))
        }
        #expect(seen == ["poster-1.jpg"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).isEmpty)
    }

    @Test("A full disk is never a final failure of thumbnails or captions") func lastWord() async throws {
        let fixture = try await PipelineFixture()
        let job = try #require(
            try await fixture.database.read { try JobStore.list(JobFilter(), in: $0).first?.job.id })
        _ = try await fixture.database.transaction { try $0.execute("UPDATE tasks SET attempts = 2") }
        let task = try #require(try await fixture.claim(job))
        #expect(task.attempt == task.record.maxAttempts)
        var full = TaskFailure(.noSpace, "no space left for scratch files")
        full.countsAsAttempt = false
        #expect(!TaskAttempt.isFinal(full, of: task))
        #expect(TaskAttempt.isFinal(TaskFailure(.mediaError, "bad"), of: task))
    }
}
