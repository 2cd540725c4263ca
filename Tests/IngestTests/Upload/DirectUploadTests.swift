import Catalog
import Ground
import Ingest
import NIOCore
import SQL
import Synchronization
import Testing

@Suite("Uploads in one body", .timeLimit(.minutes(1)))
struct DirectUploadTests {
    static func rows(_ fixture: UploadFixture) async throws -> Int64 {
        try await fixture.database.read { try $0.query("SELECT COUNT(*) AS n FROM uploads")[0].integer("n") }
    }

    @Test("a body becomes the video's source", arguments: [Int64(3_000_000), nil])
    func put(length: Int64?) async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let bytes = sample(3_000_000)
            try await uploadService.receive(
                video: "vid_1", ownerID: "usr_1", byteCount: length, fileName: "a.mov",
                TestBody(bytes, pieceLength: 65_536))
            #expect(try await fixture.object("vid_1") == bytes)
            #expect(try await fixture.video()?.state == .processing)
            #expect(try fixture.files().isEmpty)
            await #expect(throws: UploadError.videoHasSource) {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: 1, fileName: nil, TestBody([1]))
            }
            #expect(try await fixture.object("vid_1") == bytes)
        }
    }

    @Test("a body that breaks, lies or is empty leaves the draft as it was")
    func broken() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.maximumByteCount = 5000 }
            let bodies: [(Int64?, TestBody, UploadError)] = [
                (0, TestBody([]), .empty), (nil, TestBody([]), .empty),
                (4000, TestBody(sample(3000)), .interrupted(received: 3000)),
                (4000, TestBody(sample(3000), breaks: true), .interrupted(received: 3000)),
                (nil, TestBody(sample(3000), breaks: true), .interrupted(received: 3000)),
                (6000, TestBody(sample(6000)), .tooLarge(limit: 5000)),
                (nil, TestBody(sample(6000)), .tooLarge(limit: 5000)),
            ]
            for (length, body, error) in bodies {
                await #expect(throws: error) {
                    try await uploadService.receive(
                        video: "vid_1", ownerID: "usr_1", byteCount: length, fileName: nil, body)
                }
                #expect(try await fixture.video()?.state == .draft)
                #expect(try fixture.files().isEmpty)
                #expect(try await Self.rows(fixture) == 0)
            }
            await #expect(throws: UploadError.videoNotFound) {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_2", byteCount: 1, fileName: nil, TestBody([1]))
            }
            #expect(try await fixture.object("vid_1") == nil)
        }
    }

    @Test("two bodies for one video at once: one wins")
    func race() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let stalled = StalledBody(sample(100))
            let first = Task {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: 100, fileName: nil, stalled)
            }
            while try await fixture.video()?.state != .uploading { await Task.yield() }
            await #expect(throws: UploadError.uploadInProgress) {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: 1, fileName: nil, TestBody([1]))
            }
            stalled.end.finish()
            try await first.value
            #expect(try await fixture.object("vid_1") == sample(100))
        }
    }

    @Test("a client that comes back at once waits for its own broken connection to be noticed")
    func comesBack() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.lockTimeout = .seconds(30) }
            let stalled = StalledBody(sample(50))
            let first = Task {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: 100, fileName: nil, stalled)
            }
            while try await fixture.video()?.state != .uploading { await Task.yield() }
            let second = Task {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: 100, fileName: nil, TestBody(sample(100)))
            }
            try await Task.sleep(for: .milliseconds(50))
            stalled.end.finish()
            await #expect(throws: UploadError.interrupted(received: 50)) { try await first.value }
            try await second.value
            #expect(try await fixture.object("vid_1") == sample(100))
        }
    }

    static let boundary = "xyzzy"

    static func field(_ name: String, _ value: [UInt8], file: String? = nil) -> [UInt8] {
        let fileName = file.map { "; filename=\"\($0)\"" } ?? ""
        return Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(fileName)\r\n\r\n".utf8)
            + value + [13, 10]
    }

    static func form(_ fields: [[UInt8]]) -> [UInt8] { fields.flatMap { $0 } + Array("--\(boundary)--\r\n".utf8) }

    @Test("a form makes a video, whichever field comes first", arguments: [true, false])
    func form(titleFirst: Bool) async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let bytes = sample(400_000)
            let title = Self.field("title", Array(" My title ".utf8))
            let file = Self.field("file", bytes, file: "../../a\u{0}b.mov")
            let body = Self.form([
                titleFirst ? title : file, titleFirst ? file : title, Self.field("description", Array("Words".utf8)),
            ])
            let video = try await uploadService.receiveForm(
                ownerID: "usr_1", boundary: Self.boundary, bodyLength: Int64(body.count),
                TestBody(body, pieceLength: 4099))
            #expect(video.title == "My title")
            #expect(video.description == "Words")
            #expect(try await fixture.object(video.id) == bytes)
            #expect(try await fixture.video(video.id)?.state == .processing)
            #expect(fixture.completed.withLock { $0.first?.fileName } == "ab.mov")
            #expect(try fixture.files().isEmpty)
        }
    }

    @Test("a form that is not right makes nothing")
    func brokenForms() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.maximumByteCount = 5000 }
            let title = Self.field("title", Array("T".utf8))
            let file = Self.field("file", sample(3000), file: "a")
            let whole = Self.form([title, file])
            let forms: [([UInt8], UploadError)] = [
                (Self.form([title]), .fileMissing), (Self.form([file]), .titleMissing), (Self.form([]), .fileMissing),
                (Self.form([title, Self.field("file", [], file: "a")]), .empty),
                (Self.form([Self.field("title", [0xFF]), file]), .titleInvalid),
                (Self.form([Self.field("title", [32]), file]), .titleInvalid),
                (Self.form([title, Self.field("file", sample(5001), file: "a")]), .tooLarge(limit: 5000)),
                (Self.form([title, file, file]), .form(.malformed("more than one file"))),
                (Array(whole.dropLast(6)), .form(.unfinished)), ([], .form(.unfinished)),
            ]
            for (body, error) in forms {
                await #expect(throws: error) {
                    try await uploadService.receiveForm(
                        ownerID: "usr_1", boundary: Self.boundary, bodyLength: nil, TestBody(body))
                }
                #expect(try fixture.files().isEmpty)
                #expect(try await Self.rows(fixture) == 0)
            }
            await #expect(throws: UploadError.interrupted(received: 0)) {
                try await uploadService.receiveForm(
                    ownerID: "usr_1", boundary: Self.boundary, bodyLength: nil,
                    TestBody(Array(whole.dropLast(6)), breaks: true))
            }
            let videos = try await fixture.database.read { try Videos.list(owner: "usr_1", limit: 10, in: $0) }
            #expect(videos.map(\.id) == ["vid_1"])
            #expect(try fixture.files().isEmpty)
        }
    }
}
