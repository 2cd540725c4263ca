import Catalog
import Ingest
import MediaModel
import SQL
import Storage
import Synchronization
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Each test puts on the disk and in the database what a killed server leaves at one point, and starts anew.
@Suite("Uploads after a crash", .timeLimit(.minutes(1)))
struct UploadRecoveryTests {
    static let bytes = sample(5000)

    /// How an upload comes to its end whose bytes are all there.
    enum WayOut: CaseIterable { case bytes, question, nothing }

    static func record(
        _ id: String, kind: UploadKind = .single, video: String? = "vid_1", length: Int64?, token: String = "secret",
        parts: [String] = []
    ) throws -> Upload {
        Upload(
            id: id, ownerID: "usr_1", videoID: video, kind: kind, length: length,
            metadata: try metadata(["videoId": "vid_1"]).text, parts: parts, tokenHash: token, createdAt: 1_000_000,
            expiresAt: 2_000_000)
    }

    static func leave(_ upload: Upload, file: [UInt8]?, marker: String? = nil, in fixture: UploadFixture) async throws {
        _ = try fixture.uploadService()
        try await fixture.database.transaction { connection in
            try Uploads.insert(upload, in: connection)
            if upload.kind != .partial {
                try Videos.apply(.uploadBegan, to: "vid_1", at: 1, in: connection)
            }
        }
        let path = "\(fixture.folder)/uploads/\(upload.id)"
        if let file { #expect(FileManager.default.createFile(atPath: path, contents: Data(file))) }
        if let marker {
            #expect(FileManager.default.createFile(atPath: path + ".unverified", contents: Data(marker.utf8)))
        }
    }

    @Test("all bytes there, nothing done yet: it is finished", arguments: ["secret", ""])
    func whole(token: String) async throws {
        try await UploadFixture.run { fixture in
            try await Self.leave(
                try Self.record("upl_1", length: 5000, token: token), file: Self.bytes, in: fixture)
            try await fixture.uploadService().recover()
            #expect(try await fixture.object("vid_1") == Self.bytes)
            #expect(try await fixture.upload("upl_1")?.state == .complete)
            #expect(try await fixture.video()?.state == .processing)
            #expect(try fixture.files().isEmpty)
            try await fixture.uploadService().recover()
            #expect(fixture.completed.withLock { $0.count } == 1)
        }
    }

    @Test("moved, but no transaction: it is finished")
    func moved() async throws {
        try await UploadFixture.run { fixture in
            try await Self.leave(try Self.record("upl_1", length: 5000), file: nil, in: fixture)
            try await fixture.store.put(Self.bytes, at: ObjectKey.source(video: "vid_1"))
            try await fixture.uploadService().recover()
            #expect(try await fixture.upload("upl_1")?.state == .complete)
            #expect(fixture.completed.withLock { $0.count } == 1)
        }
    }

    @Test(
        "a transaction that fails leaves an upload that comes to its end one way or another",
        arguments: WayOut.allCases)
    func failedTransaction(way: WayOut) async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let opened = try await uploadService.create(
                NewUpload(ownerID: "usr_1", length: 5000, metadata: try metadata(["videoId": "vid_1"])))
            fixture.failsToComplete.withLock { $0 = true }
            await #expect(throws: UploadFixture.Failure.self) {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0), TestBody(Self.bytes))
            }
            // To hear of 5000 bytes would make a client believe that it is done.
            await #expect(throws: UploadFixture.Failure.self) { try await uploadService.status(opened.address) }
            fixture.failsToComplete.withLock { $0 = false }
            switch way {
            case .bytes:
                _ = try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 5000, bodyLength: 0), TestBody([]))
            case .question: #expect(try await uploadService.status(opened.address).offset == 5000)
            case .nothing: try await uploadService.recoverStranded()
            }
            #expect(try await uploadService.status(opened.address).upload.state == .complete)
            #expect(try await fixture.object("vid_1") == Self.bytes)
            #expect(fixture.completed.withLock { $0.count } == 1)
        }
    }

    @Test("what is written, and what lacks bytes that its client can send, is left alone")
    func leavesOthersAlone() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let opened = try await uploadService.create(
                NewUpload(ownerID: "usr_1", length: 5000, metadata: try metadata(["videoId": "vid_1"])))
            let stalled = StalledBody(Array(Self.bytes.prefix(1000)))
            let first = Task {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0, bodyLength: 1000), stalled)
            }
            while try await uploadService.status(opened.address).offset != 1000 { await Task.yield() }
            try await uploadService.recoverStranded()
            stalled.end.finish()
            #expect(try await first.value.offset == 1000)
            try await uploadService.recoverStranded()
            #expect(try await uploadService.status(opened.address).offset == 1000)
            _ = try await uploadService.append(
                to: opened.address, UploadAppend(offset: 1000), TestBody(Array(Self.bytes.dropFirst(1000))))
            #expect(fixture.completed.withLock { $0.count } == 1)
        }
    }

    @Test("a body whose transaction fails leaves the draft as it was, without an object")
    func failedDirectTransaction() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            fixture.failsToComplete.withLock { $0 = true }
            await #expect(throws: UploadFixture.Failure.self) {
                try await uploadService.receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: 5000, fileName: nil, TestBody(Self.bytes))
            }
            #expect(try await fixture.video()?.state == .draft)
            #expect(try await fixture.object("vid_1") == nil)
        }
    }

    @Test("half of a resumable upload stays where it is")
    func half() async throws {
        try await UploadFixture.run { fixture in
            try await Self.leave(
                try Self.record("upl_1", length: 5000), file: Array(Self.bytes[..<77]), in: fixture)
            try await fixture.uploadService().recover()
            #expect(try await fixture.upload("upl_1")?.state == .open)
            #expect(try fixture.files() == ["upl_1"])
            #expect(try await fixture.uploadService().progress(video: "vid_1")?.received == 77)
        }
    }

    @Test("bytes that were not verified are cut off", arguments: [("50", 50), ("0", 0), ("77", 77), ("", 77)])
    func unverified(marker: String, expected: Int64) async throws {
        try await UploadFixture.run { fixture in
            try await Self.leave(
                try Self.record("upl_1", length: 5000), file: Array(Self.bytes[..<77]), marker: marker, in: fixture)
            #expect(try await fixture.uploadService().progress(video: "vid_1")?.received == expected)
            try await fixture.uploadService().recover()
            #expect(try await fixture.uploadService().progress(video: "vid_1")?.received == expected)
            #expect(try fixture.files() == ["upl_1"])
        }
    }

    @Test(
        "half of what nobody can resume is removed and the video is a draft again", arguments: [5000, nil] as [Int64?])
    func halfDirect(length: Int64?) async throws {
        try await UploadFixture.run { fixture in
            try await Self.leave(
                try Self.record("upl_1", length: length, token: ""), file: Array(Self.bytes[..<77]), in: fixture)
            try await fixture.uploadService().recover()
            #expect(try await fixture.upload("upl_1") == nil)
            #expect(try await fixture.video()?.state == .draft)
            #expect(try fixture.files().isEmpty)
        }
    }

    @Test("a row whose file was never created is removed")
    func noFile() async throws {
        try await UploadFixture.run { fixture in
            try await Self.leave(try Self.record("upl_1", length: nil, token: ""), file: nil, in: fixture)
            try await fixture.uploadService().recover()
            #expect(try await fixture.upload("upl_1") == nil)
            #expect(try await fixture.video()?.state == .draft)
        }
    }

    @Test("files without a row are removed, parts of a file stay")
    func stray() async throws {
        try await UploadFixture.run { fixture in
            try await Self.leave(
                try Self.record("upl_part", kind: .partial, video: nil, length: 5000), file: Self.bytes, in: fixture)
            try Data(Self.bytes).write(to: URL(fileURLWithPath: "\(fixture.folder)/uploads/upl_form"))
            try await fixture.uploadService().recover()
            #expect(try fixture.files() == ["upl_part"])
            #expect(try await fixture.upload("upl_part")?.state == .complete)
            try await fixture.uploadService().recover()
            #expect(try fixture.files() == ["upl_part"])
        }
    }

    @Test("an incomplete join of parts is repeated")
    func halfFinal() async throws {
        try await UploadFixture.run { fixture in
            try await Self.leave(
                try Self.record("upl_a", kind: .partial, video: nil, length: 5000), file: Self.bytes, in: fixture)
            try await fixture.uploadService().recover()
            try await Self.leave(
                try Self.record("upl_b", kind: .final, length: 10_000, parts: ["upl_a", "upl_a"]),
                file: Array(Self.bytes[..<1234]), in: fixture)
            try await fixture.uploadService().recover()
            #expect(try await fixture.object("vid_1") == Self.bytes + Self.bytes)
            #expect(try fixture.files() == ["upl_a"])
        }
    }
}
