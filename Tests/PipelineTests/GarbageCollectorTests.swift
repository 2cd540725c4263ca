import Catalog
import Foundation
import Jobs
import MediaModel
import NIOCore
import SQL
import Storage
import Synchronization
import Testing

@testable import Pipeline

@Suite("Garbage collection", .timeLimit(.minutes(1))) struct CollectorTests {
    private static func withStore(_ body: (PipelineFixture, LocalObjectStore) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.path + "/collector-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let fixture = try await PipelineFixture()
        let store = try LocalObjectStore(root: root)
        for number in 1...2 { try await store.put(text: "x", at: "videos/vid_test/g\(number)/v240/init.mp4") }
        try await store.put(text: "x", at: "sources/vid_test/original")
        try await body(fixture, store)
    }

    private static func garbageCollector(
        _ fixture: PipelineFixture, _ store: any ObjectStore, at time: Int64
    ) -> GarbageCollector {
        GarbageCollector(database: fixture.database, store: store, clock: stopped(at: time), logger: silent)
    }

    /// Generation 2 replaces 1, which is due at 1000.
    private static func supersede(_ fixture: PipelineFixture) async throws {
        try await fixture.finishFirst()
        try await fixture.reprocess()
        let video = fixture.video
        try await fixture.database.transaction { connection in
            try Generations.apply(.finished, to: 2, of: video, in: connection)
            #expect(try Videos.setReady(video, generation: 2, at: 100, in: connection))
            try Reprocessing.supersede(video: video, by: 2, at: 1000, in: connection)
        }
    }

    @Test("A replaced generation stays until it is due, then it is removed with its rows") func retention() async throws
    {
        try await Self.withStore { fixture, store in
            try await Self.supersede(fixture)
            #expect(try await Self.garbageCollector(fixture, store, at: 999).pass() == 0)
            #expect(try await store.size(of: "videos/vid_test/g1/v240/init.mp4") == 1)
            #expect(try await Self.garbageCollector(fixture, store, at: 1000).pass() == 1)
            #expect(
                try await store.list(in: "videos", after: nil, limit: 9).map(\.key) == [
                    "videos/vid_test/g2/v240/init.mp4"
                ])
            let left = try await fixture.database.read { connection in
                try SegmentLedger.entries(video: "vid_test", generation: 1, in: connection).count
            }
            #expect(left == 0)
            #expect(try await fixture.generation(1) == nil)
            #expect(try await fixture.generation(2) == .ready)
            #expect(try await fixture.removals().isEmpty)
        }
    }

    @Test("A removal that fails, or is interrupted, is repeated later") func crash() async throws {
        try await Self.withStore { fixture, store in
            try await Self.supersede(fixture)
            // Fails before anything was removed, then after everything was: both times the row stays.
            for removesFirst in [false, true] {
                let broken = BrokenStore(store: store, removesFirst: removesFirst)
                let time: Int64 = removesFirst ? 400_000 : 1000
                #expect(try await Self.garbageCollector(fixture, broken, at: time).pass() == 0)
                #expect(broken.attempts.withLock { $0 } == 1)
                #expect(try await fixture.removals().count == 1)
                // Nobody else takes it meanwhile.
                #expect(try await Self.garbageCollector(fixture, store, at: time + 1).pass() == 0)
            }
            #expect(try await Self.garbageCollector(fixture, store, at: 800_000).pass() == 1)
            #expect(try await fixture.generation(1) == nil)
        }
    }

    @Test("Drafts are deleted when they were unchanged for their lifetime, and no other video is") func drafts()
        async throws
    {
        try await Self.withStore { fixture, store in
            try await fixture.database.transaction { connection in
                for (id, state, time) in [
                    ("vid_old", VideoState.draft, Int64(100)), ("vid_changed", .draft, 100), ("vid_new", .draft, 900),
                    ("vid_up", .uploading, 100), ("vid_rejected", .rejected, 100), ("vid_failed", .failed, 100),
                ] {
                    let video = Video(id: id, ownerID: "usr_test", title: id, state: state, createdAt: time)
                    try Videos.insert(video, in: connection)
                }
                let details = VideoDetails(title: "y", description: "")
                try Videos.setDetails(details, of: "vid_changed", at: 900, in: connection)
            }
            let gone = Mutex<[String]>([])
            func garbageCollector(at time: Int64, _ lifetime: Int64?) -> GarbageCollector {
                GarbageCollector(
                    database: fixture.database, store: store, clock: stopped(at: time),
                    lifetimes: .init(draft: lifetime), logger: silent,
                    changed: { id in gone.withLock { $0.append(id) } })
            }
            #expect(try await garbageCollector(at: 1_000_000, nil).expire() == 0)
            #expect(try await garbageCollector(at: 1100, 1000).expire() == 0)
            #expect(try await garbageCollector(at: 1101, 1000).expire() == 1)
            #expect(gone.withLock { $0 } == ["vid_old"])
            #expect(try await garbageCollector(at: 1901, 1000).expire() == 2)
            #expect(gone.withLock { Set($0) } == ["vid_old", "vid_changed", "vid_new"])
            let left = try await fixture.database.read { try Videos.page(after: nil, limit: 100, in: $0).map(\.id) }
            #expect(left == ["vid_failed", "vid_rejected", fixture.video, "vid_up"].sorted())
        }
    }

    @Test("A draft that cannot be deleted does not stop others from being deleted") func failingDraft() async throws {
        try await Self.withStore { fixture, store in
            try await fixture.database.transaction { connection in
                for id in ["vid_a", "vid_b", "vid_c"] {
                    try Videos.insert(
                        Video(id: id, ownerID: "usr_test", title: id, state: .draft, createdAt: 100), in: connection)
                }
                try connection.execute(
                    """
                    CREATE TRIGGER refuse BEFORE DELETE ON videos WHEN OLD.id = 'vid_a'
                    BEGIN SELECT RAISE(ABORT, 'refused'); END
                    """)
            }
            let garbageCollector = GarbageCollector(
                database: fixture.database, store: store, clock: stopped(at: 5000), lifetimes: .init(draft: 1000),
                logger: silent)
            #expect(try await garbageCollector.expire() == 2)
            let left = try await fixture.database.read { try Videos.page(after: nil, limit: 100, in: $0).map(\.id) }
            #expect(left == ["vid_a", fixture.video].sorted())
        }
    }

    @Test("The source of a rejected video is deleted after its lifetime; the video and other files stay")
    func rejectedFiles() async throws {
        try await Self.withStore { fixture, store in
            try await fixture.database.transaction { connection in
                for (id, state) in [("vid_no", VideoState.rejected), ("vid_failed", .failed)] {
                    try Videos.insert(
                        Video(id: id, ownerID: "usr_test", title: id, state: state, createdAt: 1), in: connection)
                    try Sources.insert(
                        Source(
                            videoID: id, objectKey: ObjectKey.source(video: id), byteCount: 1, fileName: "",
                            createdAt: 100), in: connection)
                }
            }
            for id in ["vid_no", "vid_failed"] { try await store.put(text: "x", at: ObjectKey.source(video: id)) }
            func garbageCollector(at time: Int64) -> GarbageCollector {
                GarbageCollector(
                    database: fixture.database, store: store, clock: stopped(at: time),
                    lifetimes: .init(rejectedSource: 1000), logger: silent)
            }
            #expect(try await garbageCollector(at: 1100).expire() == 0)
            #expect(try await garbageCollector(at: 1101).expire() == 1)
            #expect(try await garbageCollector(at: 1101).expire() == 0)
            #expect(try await garbageCollector(at: 1101).pass() == 1)
            #expect(try await store.size(of: ObjectKey.source(video: "vid_no")) == nil)
            #expect(try await store.size(of: ObjectKey.source(video: "vid_failed")) == 1)
            #expect(try await store.size(of: "sources/vid_test/original") == 1)
            let kept = try await fixture.database.read { try Videos.find(id: "vid_no", in: $0) }
            #expect(kept?.state == .rejected)
            let refusal = await #expect(throws: Reprocessing.Refusal.self) {
                try await fixture.database.read { try Reprocessing.check(video: "vid_no", in: $0) }
            }
            #expect(refusal == .noSource)
        }
    }

    @Test("A served generation is never removed") func served() async throws {
        try await Self.withStore { fixture, store in
            try await fixture.finishFirst()
            try await fixture.database.transaction { try DeletionQueue.queue("videos/vid_test/g1", at: 1, in: $0) }
            #expect(try await Self.garbageCollector(fixture, store, at: 5).pass() == 0)
            #expect(try await store.size(of: "videos/vid_test/g1/v240/init.mp4") == 1)
            #expect(try await fixture.removals().isEmpty)
        }
    }

    @Test("The folders of a deleted video are removed at once, and again for objects that were written later")
    func deletion() async throws {
        try await Self.withStore { fixture, store in
            let video = fixture.video
            #expect(try await fixture.database.transaction { try Deletion.delete(video: video, at: 50, in: $0) })
            #expect(try await !fixture.database.transaction { try Deletion.delete(video: video, at: 50, in: $0) })
            #expect(try await Self.garbageCollector(fixture, store, at: 50).pass() == 2)
            #expect(try await store.list(in: "", after: nil, limit: 9).isEmpty)
            try await store.put(text: "zombie", at: "videos/vid_test/g1/v240/00001.m4s")
            #expect(try await Self.garbageCollector(fixture, store, at: 51).pass() == 0)
            #expect(try await Self.garbageCollector(fixture, store, at: 50 + Deletion.zombieTime).pass() == 2)
            #expect(try await store.list(in: "", after: nil, limit: 9).isEmpty)
            #expect(try await fixture.removals().isEmpty)
        }
    }

    @Test("Several collectors share the work and do each folder once") func several() async throws {
        try await Self.withStore { fixture, store in
            try await fixture.database.transaction { connection in
                for number in 0..<40 { try DeletionQueue.queue("videos/x\(number)", at: 1, in: connection) }
            }
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await Self.garbageCollector(fixture, store, at: 9).pass() } }
                return try await group.reduce(0, +)
            }
            #expect(counts == 40)
            #expect(try await fixture.removals().isEmpty)
        }
    }

    @Test("Pruning removes ended jobs and replaced generations, and nothing else") func pruning() async throws {
        try await Self.withStore { fixture, store in
            try await fixture.finishFirst()
            let begun = try await fixture.reprocess()
            let database = fixture.database
            let done = try await Pruning.run(before: 1000, at: 2000, in: database)
            #expect(done == Pruning(jobs: 1, generations: []))
            let left = try await database.read { try JobStore.list(JobFilter(), in: $0).map(\.job.id) }
            #expect(left == [begun.job])
            #expect(try await fixture.generation(1) == .ready)
        }
    }
}

/// A store whose removals fail, before or after they were done.
private final class BrokenStore: ObjectStore {
    let store: LocalObjectStore
    let removesFirst: Bool
    let attempts = Mutex(0)

    init(store: LocalObjectStore, removesFirst: Bool) {
        self.store = store
        self.removesFirst = removesFirst
    }

    func deleteAll(in folder: String) async throws {
        attempts.withLock { $0 += 1 }
        if removesFirst { try await store.deleteAll(in: folder) }
        throw StorageError.io(errno: 5, call: "unlink")
    }

    func put(_ bytes: ByteBuffer, at key: String) async throws { try await store.put(bytes, at: key) }
    func adopt(file path: String, as key: String) async throws { try await store.adopt(file: path, as: key) }
    func size(of key: String) async throws -> Int64? { try await store.size(of: key) }
    func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody {
        try await store.read(key, range: range)
    }
    func openLocally(_ key: String) async throws -> LocalObject { try await store.openLocally(key) }
    func delete(_ key: String) async throws { try await store.delete(key) }
    func list(in folder: String, after key: String?, limit: Int) async throws -> [ObjectEntry] {
        try await store.list(in: folder, after: key, limit: limit)
    }
    func checkWritable() async throws { try await store.checkWritable() }
}
