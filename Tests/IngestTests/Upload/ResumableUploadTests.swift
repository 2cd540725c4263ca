import Catalog
import Ground
import Ingest
import MediaModel
import NIOCore
import SQL
import Synchronization
import Testing

@Suite("Resumable uploads", .timeLimit(.minutes(1)))
struct ResumableUploadTests {
    static func request(_ length: Int64?, video: String? = "vid_1", owner: String = "usr_1") throws -> NewUpload {
        NewUpload(
            ownerID: owner, length: length,
            metadata: try metadata(video.map { ["videoId": $0, "filename": "../clip.mov"] } ?? ["title": "Two"]))
    }

    @Test("pieces become the video's source, once")
    func pieces() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let bytes = sample(300_000)
            let opened = try await uploadService.create(try Self.request(300_000))
            #expect(try await fixture.video()?.state == .uploading)
            var offset = 0
            for length in [1, 99_999, 200_000] {
                let status = try await uploadService.append(
                    to: opened.address, UploadAppend(offset: Int64(offset), bodyLength: Int64(length)),
                    TestBody(Array(bytes[offset..<(offset + length)])))
                offset += length
                #expect(status.offset == Int64(offset))
            }
            #expect(try await fixture.object("vid_1") == bytes)
            #expect(try fixture.files().isEmpty)
            let completed = try #require(fixture.completed.withLock { $0 }.first)
            #expect(completed.fileName == "clip.mov")
            #expect(completed.byteCount == 300_000)
            #expect(try await fixture.video()?.state == .processing)

            // A client whose answer was lost asks again.
            #expect(try await uploadService.status(opened.address).offset == 300_000)
            let again = try await uploadService.append(
                to: opened.address, UploadAppend(offset: 300_000, bodyLength: 0), TestBody([]))
            #expect(again.offset == 300_000)
            #expect(fixture.completed.withLock { $0.count } == 1)
            await #expect(throws: UploadError.offsetMismatch(current: 300_000)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 0, bodyLength: 1), TestBody([1]))
            }
        }
    }

    @Test("an upload without a video makes one, titled by its metadata or its file")
    func makesVideo() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let titled = try await uploadService.create(try Self.request(4, video: nil))
            let video = try #require(titled.status.upload.videoID)
            #expect(try await fixture.video(video)?.title == "Two")
            let named = try await uploadService.create(
                NewUpload(ownerID: "usr_1", length: 4, metadata: try metadata(["filename": "my clip.mp4"])))
            #expect(try await fixture.video(try #require(named.status.upload.videoID))?.title == "my clip")
            let nameless = try await uploadService.create(NewUpload(ownerID: "usr_1", length: 4))
            #expect(try await fixture.video(try #require(nameless.status.upload.videoID))?.title == "Untitled")
            let described = try await uploadService.create(
                NewUpload(ownerID: "usr_1", length: 4, metadata: try metadata(["title": "T", "description": "D\nE"])))
            #expect(
                try await fixture.video(try #require(described.status.upload.videoID))?.description == "D\nE")
            await #expect(throws: UploadError.descriptionInvalid) {
                try await uploadService.create(
                    NewUpload(ownerID: "usr_1", length: 4, metadata: try metadata(["description": "\u{0}"])))
            }
            await #expect(throws: UploadError.titleInvalid) {
                try await uploadService.create(
                    NewUpload(ownerID: "usr_1", length: 4, metadata: try metadata(["title": "a\u{1}b"])))
            }
            // What it brought into being goes with it.
            try await uploadService.terminate(titled.address)
            #expect(try await fixture.video(video) == nil)
        }
    }

    @Test("bytes that arrived before a disconnect are stored")
    func broken() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let bytes = sample(10_000)
            let opened = try await uploadService.create(try Self.request(10_000))
            await #expect(throws: UploadError.interrupted(received: 4_000)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 0, bodyLength: 10_000),
                    TestBody(Array(bytes[..<4_000]), breaks: true))
            }
            #expect(try await uploadService.status(opened.address).offset == 4_000)
            // A break that looks like the end of the body.
            await #expect(throws: UploadError.interrupted(received: 1_500)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 4_000, bodyLength: 6_000),
                    TestBody(Array(bytes[4_000..<5_500])))
            }
            let status = try await uploadService.append(
                to: opened.address, UploadAppend(offset: 5_500), TestBody(Array(bytes[5_500...])))
            #expect(status.offset == 10_000)
            #expect(try await fixture.object("vid_1") == bytes)
        }
    }

    @Test("wrong offsets, too many bytes and second lengths are refused and change nothing")
    func refusals() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.maximumByteCount = 1000 }
            await #expect(throws: UploadError.tooLarge(limit: 1000)) {
                try await uploadService.create(try Self.request(1001))
            }
            let opened = try await uploadService.create(try Self.request(100))
            for offset in [1, 100, 101] as [Int64] {
                await #expect(throws: UploadError.offsetMismatch(current: 0)) {
                    try await uploadService.append(to: opened.address, UploadAppend(offset: offset), TestBody([1]))
                }
            }
            await #expect(throws: UploadError.lengthExceeded(length: 100)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 0, bodyLength: 101), TestBody(sample(101)))
            }
            await #expect(throws: UploadError.lengthExceeded(length: 100)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 0), TestBody(sample(200), pieceLength: 60))
            }
            await #expect(throws: UploadError.lengthFixed(length: 100)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 0, uploadLength: 99), TestBody(sample(9)))
            }
            #expect(try await uploadService.status(opened.address).offset == 0)
            let forged = UploadAddress(id: opened.address.id, token: RandomText.secret())
            await #expect(throws: UploadError.notFound) { try await uploadService.status(forged) }
            await #expect(throws: UploadError.notFound) { try await uploadService.terminate(forged) }
        }
    }

    @Test("the length may come later, once")
    func deferredLength() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.maximumByteCount = 1000 }
            let opened = try await uploadService.create(try Self.request(nil))
            #expect(opened.status.upload.length == nil)
            _ = try await uploadService.append(to: opened.address, UploadAppend(offset: 0), TestBody(sample(10)))
            await #expect(throws: UploadError.lengthFixed(length: 10)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 10, uploadLength: 9), TestBody([]))
            }
            await #expect(throws: UploadError.tooLarge(limit: 1000)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 10, uploadLength: 1001), TestBody([]))
            }
            await #expect(throws: UploadError.tooLarge(limit: 1000)) {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 10), TestBody(sample(991)))
            }
            let status = try await uploadService.append(
                to: opened.address, UploadAppend(offset: 10, uploadLength: 10), TestBody([]))
            #expect(status.upload.state == .complete)
            #expect(try await fixture.object("vid_1")?.count == 10)
        }
    }

    @Test("an upload of no bytes is complete at once")
    func empty() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let opened = try await uploadService.create(try Self.request(0))
            #expect(opened.status.upload.state == .complete)
            #expect(try await uploadService.status(opened.address).offset == 0)
            #expect(try await fixture.object("vid_1") == [])
        }
    }

    @Test("a wrong checksum undoes its piece, a right one counts", arguments: UploadChecksum.Algorithm.allCases)
    func checksum(algorithm: UploadChecksum.Algorithm) async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let opened = try await uploadService.create(try Self.request(20_000))
            let bytes = sample(20_000)
            func checksum(_ bytes: ArraySlice<UInt8>) throws -> UploadChecksum {
                var hasher = ChecksumHasher(algorithm)
                hasher.update(ByteBuffer(bytes: bytes))
                return try UploadChecksum("\(algorithm.rawValue) \(base64(hasher.finalize()))")
            }
            _ = try await uploadService.append(
                to: opened.address, UploadAppend(offset: 0, checksum: try checksum(bytes[..<5000])),
                TestBody(Array(bytes[..<5000])))
            await #expect(throws: UploadError.checksumMismatch) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 5000, checksum: try checksum(bytes[..<5000])),
                    TestBody(Array(bytes[5000...])))
            }
            #expect(try await uploadService.status(opened.address).offset == 5000)
            await #expect(throws: UploadError.interrupted(received: 7000)) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 5000, checksum: try checksum(bytes[5000...])),
                    TestBody(Array(bytes[5000..<12_000]), breaks: true))
            }
            #expect(try await uploadService.status(opened.address).offset == 5000)
            #expect(try fixture.files() == [opened.address.id])
            _ = try await uploadService.append(
                to: opened.address, UploadAppend(offset: 5000, checksum: try checksum(bytes[5000...])),
                TestBody(Array(bytes[5000...])))
            #expect(try await fixture.object("vid_1") == bytes)
        }
    }

    @Test("a second writer is turned away")
    func oneWriter() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.takeoverDelay = .seconds(3600) }
            let opened = try await uploadService.create(try Self.request(2000))
            let stalled = StalledBody(sample(1000))
            let first = Task {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0, bodyLength: 1000), stalled)
            }
            while try await uploadService.status(opened.address).offset != 1000 { await Task.yield() }
            await #expect(throws: UploadError.locked) {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 1000), TestBody([1]))
            }
            stalled.end.finish()
            #expect(try await first.value.offset == 1000)
        }
    }

    @Test("a second writer takes over from one that brings nothing, and goes on where it stopped")
    func takeover() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.takeoverDelay = .milliseconds(20) }
            let opened = try await uploadService.create(try Self.request(2000))
            let stalled = StalledBody(sample(1000))
            let first = Task {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0, bodyLength: 2000), stalled)
            }
            while try await uploadService.status(opened.address).offset != 1000 { await Task.yield() }
            try await Task.sleep(for: .milliseconds(50))
            let status = try await uploadService.append(
                to: opened.address, UploadAppend(offset: 1000), TestBody(sample(1000)))
            #expect(status.offset == 2000)
            await #expect(throws: UploadError.self) { _ = try await first.value }
        }
    }

    @Test("a connection that brings nothing for too long is given up")
    func idle() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.idleTimeout = .seconds(1) }
            let opened = try await uploadService.create(try Self.request(2000))
            await #expect(throws: UploadError.self) {
                try await uploadService.append(
                    to: opened.address, UploadAppend(offset: 0, bodyLength: 2000), StalledBody(sample(10)))
            }
            let status = try await uploadService.append(
                to: opened.address,
                UploadAppend(offset: try #require(try await uploadService.status(opened.address).offset)),
                TestBody([1]))
            #expect((status.offset ?? 0) > 0)
        }
    }

    @Test("termination stops a writer, removes the bytes and gives the video back")
    func terminate() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let opened = try await uploadService.create(try Self.request(2000))
            let stalled = StalledBody(sample(1000))
            let writer = Task {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0, bodyLength: 2000), stalled)
            }
            try await Task.sleep(for: .milliseconds(50))
            try await uploadService.terminate(opened.address)
            await #expect(throws: UploadError.self) { _ = try await writer.value }
            #expect(try fixture.files().isEmpty)
            #expect(try await fixture.video()?.state == .draft)
            await #expect(throws: UploadError.gone) { try await uploadService.status(opened.address) }
            await #expect(throws: UploadError.gone) { try await uploadService.terminate(opened.address) }
            await #expect(throws: UploadError.gone) {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0), TestBody([1]))
            }
        }
    }

    @Test("a video takes one upload at a time and one source")
    func oneUpload() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.claimDuration = .seconds(3600) }
            fixture.time.withLock { $0 = WallClock.system.now() }
            let first = try await uploadService.create(try Self.request(10))
            await #expect(throws: UploadError.uploadInProgress) { try await uploadService.create(try Self.request(10)) }
            await #expect(throws: UploadError.videoNotFound) {
                try await uploadService.create(try Self.request(10, owner: "usr_2"))
            }
            await #expect(throws: UploadError.videoNotFound) {
                try await uploadService.create(try Self.request(10, video: "vid_nothing"))
            }
            // An hour later its client may have lost the URL.
            fixture.time.withLock { $0 += 3_700_000 }
            let second = try await uploadService.create(try Self.request(10))
            await #expect(throws: UploadError.gone) { try await uploadService.status(first.address) }
            _ = try await uploadService.append(to: second.address, UploadAppend(offset: 0), TestBody(sample(10)))
            await #expect(throws: UploadError.videoHasSource) { try await uploadService.create(try Self.request(10)) }
            #expect(try fixture.files().isEmpty)
        }
    }

    @Test("uploads expire, and writing prolongs them")
    func expiration() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.lifetime = .seconds(100) }
            let opened = try await uploadService.create(try Self.request(10))
            fixture.time.withLock { $0 += 90_000 }
            let status = try await uploadService.append(to: opened.address, UploadAppend(offset: 0), TestBody([1]))
            #expect(status.upload.expiresAt == 1_000_000 + 190_000)
            fixture.time.withLock { $0 += 90_000 }
            #expect(try await uploadService.sweep() == 0)
            fixture.time.withLock { $0 += 20_000 }
            await #expect(throws: UploadError.gone) { try await uploadService.status(opened.address) }
            #expect(try await uploadService.sweep() == 1)
            #expect(try fixture.files().isEmpty)
            #expect(try await fixture.video()?.state == .draft)
            await #expect(throws: UploadError.gone) { try await uploadService.status(opened.address) }
            #expect(try await uploadService.sweep() == 0)
            fixture.time.withLock { $0 += 110_000 }
            #expect(try await uploadService.sweep() == 1)
            #expect(try await fixture.upload(opened.address.id) == nil)
            await #expect(throws: UploadError.notFound) { try await uploadService.status(opened.address) }
        }
    }

    @Test("the disk's reserve stays free")
    func reserve() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.reservedByteCount = .max }
            await #expect(throws: UploadError.noSpace) { try await uploadService.create(try Self.request(10)) }
            #expect(try fixture.files().isEmpty)
        }
    }

    @Test("deleting a video ends its upload")
    func abandoned() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let opened = try await uploadService.create(try Self.request(10))
            #expect(try await uploadService.progress(video: "vid_1")?.length == 10)
            try await uploadService.abandon(video: "vid_1")
            #expect(try fixture.files().isEmpty)
            #expect(try await uploadService.progress(video: "vid_1") == nil)
            // A video that an upload brought into being stays too: whoever deletes it does that.
            let titled = try await uploadService.create(try Self.request(10, video: nil))
            let video = try #require(titled.status.upload.videoID)
            try await uploadService.abandon(video: video)
            #expect(try await fixture.video(video)?.state == .draft)
            let second = try await uploadService.create(try Self.request(10))
            _ = try await fixture.database.transaction { try Videos.delete("vid_1", in: $0) }
            await #expect(throws: UploadError.gone) { try await uploadService.status(second.address) }
            await #expect(throws: UploadError.gone) { try await uploadService.status(opened.address) }
        }
    }

    @Test("two hundred uploads at once arrive whole")
    func many() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService()
            let bytes = sample(150_000)
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        let opened = try await uploadService.create(try Self.request(150_000, video: nil))
                        _ = try await uploadService.append(
                            to: opened.address, UploadAppend(offset: 0), TestBody(bytes, pieceLength: 7001))
                        return try #require(opened.status.upload.videoID)
                    }
                }
                for try await video in group { #expect(try await fixture.object(video) == bytes) }
            }
            #expect(try fixture.files().isEmpty)
        }
    }
}
