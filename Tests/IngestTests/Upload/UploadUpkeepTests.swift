import Catalog
import Ground
import Ingest
import MediaModel
import NIOCore
import SQL
import Storage
import Synchronization
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("Uploads beside others", .timeLimit(.minutes(1)))
struct UploadUpkeepTests {
    static func request() throws -> NewUpload {
        NewUpload(ownerID: "usr_1", length: 5000, metadata: try metadata(["videoId": "vid_1"]))
    }

    @Test("An upload that cannot be ended now does not keep those behind it")
    func sweep() async throws {
        try await UploadFixture.run { fixture in
            let uploadService = try fixture.uploadService { $0.lifetime = .seconds(1) }
            var addresses: [UploadAddress] = []
            for _ in 0..<3 {
                let request = NewUpload(ownerID: "usr_1", length: 5000, metadata: try metadata(["title": "T"]))
                addresses.append(try await uploadService.create(request).address)
            }
            let first = addresses.map(\.id).sorted()[0]
            let video = try #require(try await fixture.upload(first)?.videoID)
            let isBroken = Mutex(true)
            let store = HookedStore(fixture.store) { call, key in
                guard call == .size, key == ObjectKey.source(video: video), isBroken.withLock({ $0 }) else { return }
                throw StorageError.io(errno: 5, call: "stat")
            }
            let sweeper = try fixture.uploadService(store: store) { $0.lifetime = .seconds(1) }
            fixture.time.withLock { $0 += 10_000 }
            #expect(try await sweeper.sweep() == 2)
            let states = try await states(of: addresses, fixture)
            #expect(states.filter { $0.value == .open }.map(\.key) == [first])
            isBroken.withLock { $0 = false }
            #expect(try await sweeper.sweep() == 1)
            #expect(try await self.states(of: addresses, fixture).values.allSatisfy { $0 == .terminated })
        }
    }

    private func states(of addresses: [UploadAddress], _ fixture: UploadFixture) async throws -> [String: UploadState] {
        var states: [String: UploadState] = [:]
        for address in addresses { states[address.id] = try await fixture.upload(address.id)?.state }
        return states
    }

    @Test("An upload that another node writes into its own folder is not taken for abandoned")
    func otherNode() async throws {
        try await UploadFixture.run { fixture in
            let claim: (inout UploadConfiguration) -> Void = { $0.claimDuration = .seconds(60) }
            let here = try fixture.uploadService(claim)
            let there = try fixture.uploadService { configuration in
                claim(&configuration)
                configuration.folder = fixture.folder + "/uploads-2"
            }
            let opened = try await here.create(try Self.request())
            let stalled = StalledBody(sample(1000))
            let writing = Task {
                try await here.append(to: opened.address, UploadAppend(offset: 0, bodyLength: 2000), stalled)
            }
            while try await here.status(opened.address).offset != 1000 { await Task.yield() }
            let before = try await fixture.upload(opened.address.id)?.expiresAt
            // Hours later bytes still come; the row tells of it before long.
            fixture.time.withLock { $0 += 3 * 3_600_000 }
            stalled.end.yield(ByteBuffer(bytes: sample(500)))
            while try await fixture.upload(opened.address.id)?.expiresAt == before {
                try await Task.sleep(for: .milliseconds(20))
            }
            await #expect(throws: UploadError.uploadInProgress) { try await there.create(try Self.request()) }
            #expect(try await fixture.upload(opened.address.id)?.state == .open)
            stalled.end.finish()
            await #expect(throws: UploadError.interrupted(received: 1500)) { try await writing.value }
            // Now nobody writes it any more, and the other node may take its place in a while.
            fixture.time.withLock { $0 += 80_000 }
            await #expect(throws: UploadError.uploadInProgress) { try await there.create(try Self.request()) }
            fixture.time.withLock { $0 += 20_000 }
            _ = try await there.create(try Self.request())
            #expect(try await fixture.upload(opened.address.id)?.state == .terminated)
        }
    }

    @Test("An upload that is being finished is locked against its removal and that of its video, for a bounded time")
    func whileFinishing() async throws {
        try await UploadFixture.run { fixture in
            let (hasBegun, begin) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let (waiting, goOn) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let store = HookedStore(fixture.store) { call, _ in
                guard call == .adopt else { return }
                begin.finish()
                for await _ in waiting {}
            }
            let uploadService = try fixture.uploadService(store: store) { $0.interruptionTimeout = .milliseconds(100) }
            let opened = try await uploadService.create(try Self.request())
            let writing = Task {
                try await uploadService.append(to: opened.address, UploadAppend(offset: 0), TestBody(sample(5000)))
            }
            for await _ in hasBegun {}
            let ending = Task { try await uploadService.terminate(opened.address) }
            await #expect(throws: UploadError.locked) { try await uploadService.abandon(video: "vid_1") }
            await #expect(throws: UploadError.locked) { try await ending.value }
            goOn.finish()
            #expect(try await writing.value.upload.state == .complete)
            try await uploadService.abandon(video: "vid_1")
        }
    }
}

/// A store of local files that does something before some of its calls.
private final class HookedStore: ObjectStore {
    enum Call { case size, adopt }

    private let base: LocalObjectStore
    private let before: @Sendable (_ call: Call, _ key: String) async throws -> Void

    init(_ base: LocalObjectStore, before: @escaping @Sendable (_ call: Call, _ key: String) async throws -> Void) {
        self.base = base
        self.before = before
    }

    func adopt(file: String, as key: String) async throws {
        try await before(.adopt, key)
        try await base.adopt(file: file, as: key)
    }

    func size(of key: String) async throws -> Int64? {
        try await before(.size, key)
        return try await base.size(of: key)
    }

    func put(_ bytes: ByteBuffer, at key: String) async throws { try await base.put(bytes, at: key) }
    func copy(_ key: String, to target: String) async throws { try await base.copy(key, to: target) }
    func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody { try await base.read(key, range: range) }
    func openLocally(_ key: String) async throws -> LocalObject { try await base.openLocally(key) }
    func delete(_ key: String) async throws { try await base.delete(key) }
    func deleteAll(in folder: String) async throws { try await base.deleteAll(in: folder) }
    func list(in folder: String, after key: String?, limit: Int) async throws -> [ObjectEntry] {
        try await base.list(in: folder, after: key, limit: limit)
    }
    func checkWritable() async throws { try await base.checkWritable() }
}
