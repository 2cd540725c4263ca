import Catalog
import Jobs
import MediaModel
import SQL
import Testing
import Webhooks

@testable import Pipeline

@Suite("Moderation") struct ModerationTests {
    private static func deliveries(_ connection: any SQLConnection) throws -> [(event: String, body: String)] {
        try connection.query("SELECT event, body FROM webhook_deliveries ORDER BY id").map {
            (try $0.text("event"), try $0.text("body"))
        }
    }

    @Test("A video that becomes playable or fails under a block stays blocked, and has that state after the block")
    func underWay() async throws {
        for fails in [false, true] {
            let fixture = try await PipelineFixture()
            let (video, plan) = (fixture.video, PipelineFixture.plan)
            try await fixture.database.transaction { connection in
                try Generations.setPlan(video: video, number: 1, plan, in: connection)
                #expect(try Moderation.block(video, reason: "no", at: 5, in: connection))
                for track in ["v360", "aund"] {
                    try SegmentLedger.record(fixture.entry(track, PipelineFixture.ranges[0]), in: connection)
                }
                let task = try #require(try JobStore.unfinishedTasks(video: video, generation: 1, in: connection).first)
                #expect(try Completion.advance(task, at: 40, in: connection) != nil)
                if fails {
                    let job = try #require(try JobStore.list(JobFilter(videoID: video, limit: 1), in: connection).first)
                    #expect(try JobAdministration.cancel(job.job, at: 41, in: connection))
                }
            }
            #expect(try await fixture.state() == .blocked)
            #expect(try await fixture.database.transaction { try Moderation.unblock(video, at: 50, in: $0) })
            #expect(try await fixture.state() == (fails ? .failed : .playable))
            #expect(try await fixture.record()?.generation == 1)
        }
    }

    @Test("Its owner's endpoints are told, with the reason, also of a video that is gone")
    func told() async throws {
        let fixture = try await PipelineFixture()
        let video = fixture.video
        try await fixture.database.transaction { connection in
            let endpoint = Endpoint(
                id: "whk_1", userID: "usr_test", url: "https://example.org/", secret: "x", events: WebhookEvent.choices,
                createdAt: 1)
            #expect(try Endpoints.insert(endpoint, in: connection))
            #expect(try Moderation.block(video, reason: "rights", at: 5, in: connection))
            #expect(try !Moderation.block(video, reason: "again", at: 6, in: connection))
            #expect(try Moderation.unblock(video, reason: "mistake", at: 7, in: connection))
            #expect(try !Moderation.unblock(video, at: 8, in: connection))
            #expect(try Moderation.delete(video, reason: "law", at: 9, in: connection))
            #expect(try !Moderation.delete(video, at: 10, in: connection))
            let told = try Self.deliveries(connection)
            #expect(told.map(\.event) == ["video.blocked", "video.unblocked", "video.deleted"])
            for (body, parts) in zip(
                told.map(\.body),
                [[#""reason":"rights""#, #""state":"blocked""#], [#""reason":"mistake""#], [#""reason":"law""#]])
            {
                for part in parts { #expect(body.contains(part)) }
            }
        }
        #expect(try await fixture.removals().count == 4)
    }
}
