import Accounts
import Catalog
import Foundation
import Ingest
import SQL
import Testing

@Suite("What uploads take of their account's quotas", .timeLimit(.minutes(1)))
struct UploadQuotaTests {
    private static let boundary = DirectUploadTests.boundary

    private static func used(_ quota: Quota, _ fixture: UploadFixture) async throws -> Int64 {
        try await fixture.database.read { try AccountUsage.stored.used(quota, owner: "usr_1", in: $0) }
    }

    private static func form(_ bytes: [UInt8]) -> [UInt8] {
        DirectUploadTests.form([
            DirectUploadTests.field("title", Array("A film".utf8)),
            DirectUploadTests.field("file", bytes, file: "a.mov"),
        ])
    }

    @Test("Bytes that are announced beyond the quota are refused at once, by whichever way they would come")
    func announced() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.quotas.bytes = 1000 }
            let refusal = UploadError.quotaExceeded(.bytes, limit: 1000)
            let held = try await uploadService.create(NewUpload(ownerID: "usr_1", length: 600))
            await #expect(throws: refusal) { try await uploadService.create(NewUpload(ownerID: "usr_1", length: 401)) }
            await #expect(throws: refusal) {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: 401, fileName: nil, TestBody(sample(401)))
            }
            let body = Self.form(sample(401))
            await #expect(throws: refusal) {
                try await uploadService.receiveForm(
                    ownerID: "usr_1", boundary: Self.boundary, bodyLength: Int64(body.count), TestBody(body))
            }
            #expect(try await fixture.video()?.state == .draft)
            #expect(try fixture.files() == [held.address.id])
            #expect(try await Self.used(.bytes, fixture) == 600)
            // Others have quotas of their own, and what is given up is free again.
            _ = try await uploadService.create(NewUpload(ownerID: "usr_2", length: 1000))
            try await uploadService.terminate(held.address)
            try await uploadService.receive(
                video: "vid_1", ownerID: "usr_1", byteCount: 1000, fileName: nil, TestBody(sample(1000)))
            #expect(try await Self.used(.bytes, fixture) == 1000)
            await #expect(throws: refusal) { try await uploadService.create(NewUpload(ownerID: "usr_1", length: 1)) }
        }
    }

    @Test("Bytes of unannounced length are refused when they reach the quota")
    func unannounced() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.quotas.bytes = 10_000 }
            let refusal = UploadError.quotaExceeded(.bytes, limit: 10_000)
            await #expect(throws: refusal) {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: nil, fileName: nil, TestBody(sample(10_001)))
            }
            #expect(try await fixture.video()?.state == .draft)
            await #expect(throws: refusal) {
                try await uploadService.receiveForm(
                    ownerID: "usr_1", boundary: Self.boundary, bodyLength: nil, TestBody(Self.form(sample(10_001))))
            }
            #expect(try fixture.files().isEmpty)
            #expect(try await Self.used(.bytes, fixture) == 0)

            // A resumable one keeps what came, and its length has to fit too.
            let opened = try await uploadService.create(NewUpload(ownerID: "usr_1", length: nil))
            await #expect(throws: refusal) {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0), TestBody(sample(12_000)))
            }
            let offset = try #require(try await uploadService.status(opened.address).offset)
            #expect((9000...10_000).contains(offset))
            await #expect(throws: refusal) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: offset, uploadLength: 10_001), TestBody([]))
            }
            let rest = Array(sample(10_000)[Int(offset)...])
            let status = try await uploadService.append(
                to: opened.address, UploadAppend(offset: offset, uploadLength: 10_000), TestBody(rest))
            #expect(status.upload.state == .complete)
            #expect(try await Self.used(.bytes, fixture) == 10_000)
        }
    }

    @Test("Of uploads that begin at the same moment only so many as fit are taken in, announced or not")
    func race() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.quotas.bytes = 5000 }
            let taken = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        let body = Self.form(sample(1000))
                        // The boundaries and the title count as long as the form is not whole.
                        let length = number.isMultiple(of: 2) ? Int64(body.count) : nil
                        let video = try? await uploadService.receiveForm(
                            ownerID: "usr_1", boundary: Self.boundary, bodyLength: length, TestBody(body))
                        return video != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect((1...5).contains(taken))
            #expect(try await Self.used(.bytes, fixture) == Int64(taken) * 1000)
            #expect(try await Self.used(.videos, fixture) == Int64(taken) + 1)
            #expect(try await Self.used(.uploads, fixture) == 0)
            #expect(try fixture.files().isEmpty)
        }
    }

    @Test("A part that is put together with itself counts as often as it comes")
    func repeated() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.quotas.bytes = 100_000 }
            let part = try await ConcatenationTests.part(sample(1000), at: uploadService)
            await #expect(throws: UploadError.quotaExceeded(.bytes, limit: 100_000)) {
                try await uploadService.create(try ConcatenationTests.final(Array(repeating: part, count: 101)))
            }
            #expect(try fixture.files() == [part.id])
            let opened = try await uploadService.create(
                try ConcatenationTests.final(Array(repeating: part, count: 100)))
            #expect(opened.status.offset == 100_000)
            #expect(try await Self.used(.bytes, fixture) == 100_000)
            // Joined once more, it has nothing left that it could take over.
            await #expect(throws: UploadError.quotaExceeded(.bytes, limit: 100_000)) {
                var again = try ConcatenationTests.final([part])
                again.metadata = .none
                _ = try await uploadService.create(again)
            }
        }
    }

    @Test("A file joined from parts takes over their quota, and returns it on failure")
    func joined() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.quotas.bytes = 1000 }
            let parts = [
                try await ConcatenationTests.part(sample(600), at: uploadService),
                try await ConcatenationTests.part(sample(400), at: uploadService),
            ]
            let lost = fixture.folder + "/uploads/\(parts[1].id)"
            try FileManager.default.moveItem(atPath: lost, toPath: lost + ".away")
            await #expect(throws: UploadError.partNotFound(index: 1)) {
                try await uploadService.create(try ConcatenationTests.final(parts))
            }
            #expect(try await Self.used(.bytes, fixture) == 1000)
            try FileManager.default.moveItem(atPath: lost + ".away", toPath: lost)
            let opened = try await uploadService.create(try ConcatenationTests.final(parts))
            #expect(opened.status.upload.state == .complete)
            #expect(try await Self.used(.bytes, fixture) == 1000)
        }
    }

    @Test("Open uploads and videos are counted, whatever they are for")
    func counts() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService {
                $0.quotas.uploads = 2
                $0.quotas.videos = 3
            }
            let part = try await uploadService.create(NewUpload(ownerID: "usr_1", length: 10, concatenation: .partial))
            let whole = try await uploadService.create(NewUpload(ownerID: "usr_1", length: 10))
            for request in [
                NewUpload(ownerID: "usr_1", length: 1), NewUpload(ownerID: "usr_1", length: 1, concatenation: .partial),
                NewUpload(ownerID: "usr_1", length: 1, metadata: try metadata(["videoId": "vid_1"])),
            ] {
                await #expect(throws: UploadError.quotaExceeded(.uploads, limit: 2)) {
                    try await uploadService.create(request)
                }
            }
            await #expect(throws: UploadError.quotaExceeded(.uploads, limit: 2)) {
                try await uploadService.receiveForm(
                    ownerID: "usr_1", boundary: Self.boundary, bodyLength: nil, TestBody(Self.form([1])))
            }
            _ = try await uploadService.append(to: part.address, UploadAppend(offset: 0), TestBody(sample(10)))
            _ = try await uploadService.append(to: whole.address, UploadAppend(offset: 0), TestBody(sample(10)))
            _ = try await uploadService.create(NewUpload(ownerID: "usr_1", length: 10))
            // `vid_1`, the finished one and the open one.
            await #expect(throws: UploadError.quotaExceeded(.videos, limit: 3)) {
                try await uploadService.create(NewUpload(ownerID: "usr_1", length: 10))
            }
            await #expect(throws: UploadError.quotaExceeded(.videos, limit: 3)) {
                try await uploadService.receiveForm(
                    ownerID: "usr_1", boundary: Self.boundary, bodyLength: nil, TestBody(Self.form([1])))
            }
        }
    }

    @Test("Finished parts that are not joined are limited")
    func parts() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.quotas.uploads = 1 }
            var parts: [UploadAddress] = []
            for _ in 0..<8 { parts.append(try await ConcatenationTests.part([1], at: uploadService)) }
            await #expect(throws: UploadError.quotaExceeded(.parts, limit: 8)) {
                try await uploadService.create(NewUpload(ownerID: "usr_1", length: 0, concatenation: .partial))
            }
            // Nothing else has to wait for them; nor do they have to wait for an upload that is open.
            _ = try await uploadService.create(NewUpload(ownerID: "usr_1", length: 1))
            let whole = try await uploadService.create(try ConcatenationTests.final(parts))
            #expect(whole.status.offset == 8)
        }
    }

    @Test("A form whose process died leaves neither file nor row nor bytes that count")
    func crashedForm() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.quotas.bytes = 10_000 }
            let body = StalledBody(Array(Self.form(sample(1000)).prefix(500)))
            let reading = Task {
                try await uploadService.receiveForm(ownerID: "usr_1", boundary: Self.boundary, bodyLength: 2000, body)
            }
            while try await Self.used(.uploads, fixture) == 0 { await Task.yield() }
            #expect(try await Self.used(.bytes, fixture) == 2000)
            // What another process finds after this one: nobody holds the upload any more.
            let other = try fixture.uploadService { $0.folder = fixture.folder + "/uploads" }
            reading.cancel()
            body.end.finish()
            _ = await reading.result
            try await other.recover()
            #expect(try await Self.used(.bytes, fixture) == 0)
            #expect(try await Self.used(.uploads, fixture) == 0)
            #expect(try fixture.files().isEmpty)
            await other.shutdown()
        }
    }

    @Test("An upload that was terminated keeps nothing of what its client had it keep")
    func terminated() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let words = try metadata(["title": "x", "other": String(repeating: "y", count: 4000)])
            let opened = try await uploadService.create(NewUpload(ownerID: "usr_1", length: 10, metadata: words))
            #expect(try await fixture.upload(opened.address.id)?.metadata?.isEmpty == false)
            try await uploadService.terminate(opened.address)
            #expect(try await fixture.upload(opened.address.id)?.state == .terminated)
            #expect(try await fixture.upload(opened.address.id)?.metadata == nil)
        }
    }
}
