import Catalog
import Ingest
import MediaModel
import Synchronization
import Testing

@Suite("Uploads whose first bytes are examined", .timeLimit(.minutes(1))) struct FirstBytesTests {
    private static let reason = Rejection(.tooLong, "Too long.")
    private static let matroska: [UInt8] = [0x1a, 0x45, 0xdf, 0xa3]

    /// A body of so many MiB that begins with some bytes.
    private func body(_ start: [UInt8] = [], _ mebibytes: Int) -> TestBody {
        TestBody(start + [UInt8](repeating: 0, count: mebibytes << 20 - start.count), pieceLength: 1 << 20)
    }

    private func append(
        _ count: Int, of start: [UInt8] = [], at offset: Int, to opened: OpenedUpload, _ service: UploadService
    ) async throws {
        _ = try await service.append(
            to: opened.address, UploadAppend(offset: Int64(offset << 20), bodyLength: Int64(count << 20)),
            body(start, count))
    }

    @Test("A resumable upload is refused where its first bytes are complete, and its video is rejected")
    func resumable() async throws {
        try await UploadFixture.run { fixture in
            let service = try fixture.uploadService()
            let opened = try await service.create(try ResumableUploadTests.request(40 << 20, video: nil))
            let video = try #require(opened.status.upload.videoID)
            fixture.refusal.withLock { $0 = Self.reason }
            try await append(10, of: Self.matroska, at: 0, to: opened, service)
            #expect(fixture.examined.withLock { $0.isEmpty })
            await #expect(throws: UploadError.rejected(Self.reason)) {
                try await append(10, at: 10, to: opened, service)
            }
            #expect(fixture.examined.withLock { $0 } == [40 << 20])
            await #expect(throws: UploadError.gone) { try await service.status(opened.address) }
            let row = try #require(try await fixture.video(video))
            #expect(row.state == .rejected && row.rejection == Self.reason)
            #expect(try fixture.files().isEmpty)
        }
    }

    @Test("A body is refused in the same way", arguments: [true, false]) func direct(isContainer: Bool) async throws {
        try await UploadFixture.run { fixture in
            fixture.refusal.withLock { $0 = Self.reason }
            do {
                try await fixture.uploadService().receive(
                    video: "vid_1", ownerID: "usr_1", byteCount: nil, fileName: nil,
                    body(isContainer ? Self.matroska : [], 20))
                Issue.record("the body was accepted")
            } catch UploadError.rejected(let rejection) {
                #expect(rejection.code == (isContainer ? .tooLong : .unsupportedContainer))
                #expect(try await fixture.video()?.rejection == rejection)
            }
            #expect(try fixture.files().isEmpty)
            #expect(try await DirectUploadTests.rows(fixture) == 0)
        }
    }

    @Test("Bytes with a checksum are examined only after it has matched") func checksum() async throws {
        try await UploadFixture.run { fixture in
            let service = try fixture.uploadService()
            let opened = try await service.create(try ResumableUploadTests.request(40 << 20))
            fixture.refusal.withLock { $0 = Self.reason }
            let wrong = try UploadChecksum("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")
            let request = UploadAppend(offset: 0, bodyLength: 20 << 20, checksum: wrong)
            await #expect(throws: UploadError.checksumMismatch) {
                _ = try await service.append(to: opened.address, request, body(Self.matroska, 20))
            }
            #expect(fixture.examined.withLock { $0.isEmpty })
            // The same bytes may come again, and are then examined.
            await #expect(throws: UploadError.rejected(Self.reason)) {
                try await append(20, of: Self.matroska, at: 0, to: opened, service)
            }
        }
    }

    @Test("A movie box that is longer is waited for, and nothing is examined twice") func movie() async throws {
        try await UploadFixture.run { fixture in
            let service = try fixture.uploadService()
            let opened = try await service.create(try ResumableUploadTests.request(40 << 20))
            let size = UInt32(18 << 20)
            let box = [UInt8(size >> 24), UInt8(size >> 16 & 0xff), 0, 0] + Array("moov".utf8)
            try await append(17, of: box, at: 0, to: opened, service)
            #expect(fixture.examined.withLock { $0.isEmpty })
            try await append(10, at: 17, to: opened, service)
            #expect(fixture.examined.withLock { $0 } == [40 << 20])
            try await append(13, at: 27, to: opened, service)
            #expect(fixture.examined.withLock { $0.count } == 1)
            #expect(try await fixture.video()?.state == .processing)
        }
    }
}
