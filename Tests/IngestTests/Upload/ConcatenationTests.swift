import Catalog
import Ground
import Ingest
import SQL
import Synchronization
import Testing

@Suite("Uploads joined from parts", .timeLimit(.minutes(1)))
struct ConcatenationTests {
    static func part(_ bytes: [UInt8], at uploadService: UploadService, complete: Bool = true) async throws
        -> UploadAddress
    {
        let opened = try await uploadService.create(
            NewUpload(ownerID: "usr_1", length: Int64(bytes.count), concatenation: .partial))
        #expect(opened.status.upload.videoID == nil)
        if complete {
            _ = try await uploadService.append(to: opened.address, UploadAppend(offset: 0), TestBody(bytes))
        }
        return opened.address
    }

    static func final(_ parts: [UploadAddress], owner: String = "usr_1") throws -> NewUpload {
        NewUpload(
            ownerID: owner, length: nil, metadata: try metadata(["videoId": "vid_1", "filename": "x.mp4"]),
            concatenation: .final(parts.map { "https://host/v1/uploads/\($0.component)" }))
    }

    @Test("parts become one file in the order of the list, the same one twice too")
    func order() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let first = try await Self.part(sample(2_000_000), at: uploadService)
            let second = try await Self.part([1, 2, 3], at: uploadService)
            let empty = try await Self.part([], at: uploadService, complete: false)
            let opened = try await uploadService.create(try Self.final([second, first, empty, second]))
            #expect(opened.status.upload.state == .complete)
            #expect(opened.status.offset == 2_000_006)
            #expect(try await fixture.object("vid_1") == [1, 2, 3] + sample(2_000_000) + [1, 2, 3])
            #expect(try await uploadService.status(opened.address).upload.parts.count == 4)
            await #expect(throws: UploadError.finalIsReadOnly) {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0), TestBody([1]))
            }
            // The parts go an hour later.
            fixture.time.withLock { $0 += 3_700_000 }
            #expect(try await uploadService.sweep() == 3)
            #expect(try fixture.files().isEmpty)
        }
    }

    @Test("unknown, foreign and unfinished parts are refused and leave nothing behind")
    func refusals() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let whole = try await Self.part([1, 2], at: uploadService)
            let half = try await Self.part([1, 2], at: uploadService, complete: false)
            let single = try await uploadService.create(NewUpload(ownerID: "usr_1", length: 10))
            await #expect(throws: UploadError.partUnfinished(index: 1)) {
                try await uploadService.create(try Self.final([whole, half]))
            }
            await #expect(throws: UploadError.partNotFound(index: 0)) {
                try await uploadService.create(try Self.final([single.address]))
            }
            await #expect(throws: UploadError.partNotFound(index: 0)) {
                try await uploadService.create(try Self.final([whole], owner: "usr_2"))
            }
            await #expect(throws: UploadError.partNotFound(index: 0)) {
                try await uploadService.create(
                    try Self.final([UploadAddress(id: whole.id, token: RandomText.secret())]))
            }
            #expect(try await fixture.video()?.state == .draft)
            #expect(try fixture.files().count == 3)
        }
    }
}
