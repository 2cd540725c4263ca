import Accounts
import Catalog
import Ground
import Ingest
import Logging
import MediaModel
import NIOCore
import SQL
import Schema
import Storage
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An upload service over a temporary folder, a database with the users `usr_1` and `usr_2` and the draft `vid_1` of the first.
final class UploadFixture: Sendable {
    struct Failure: Error {}

    let folder: String
    let database: SQLiteDatabase
    let store: LocalObjectStore
    let time = Mutex<Int64>(1_000_000)
    let completed = Mutex<[CompletedUpload]>([])
    let failsToComplete = Mutex(false)
    /// What the first bytes of files are refused with.
    let refusal = Mutex<Rejection?>(nil)
    /// The announced lengths of files whose first bytes have been examined.
    let examined = Mutex<[Int64?]>([])

    var clock: WallClock { WallClock { self.time.withLock { $0 } } }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/ingest-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder + "/test.sqlite")
        store = try LocalObjectStore(root: folder + "/objects")
    }

    static func run(_ body: (UploadFixture) async throws -> Void) async throws {
        let fixture = try UploadFixture()
        try await Schema.prepare(fixture.database, clock: fixture.clock)
        try await fixture.database.transaction { connection in
            for id in ["usr_1", "usr_2"] {
                try Users.insert(
                    User(
                        id: id, email: "\(id)@example.org", username: id, passwordHash: "", passwordScheme: "none",
                        createdAt: 1), in: connection)
            }
            try Videos.insert(Video(id: "vid_1", ownerID: "usr_1", title: "One", createdAt: 1), in: connection)
        }
        do {
            try await body(fixture)
            await fixture.database.close()
        } catch {
            await fixture.database.close()
            try? FileManager.default.removeItem(atPath: fixture.folder)
            throw error
        }
        try? FileManager.default.removeItem(atPath: fixture.folder)
    }

    func uploadService(
        store: (any ObjectStore)? = nil, _ change: (inout UploadConfiguration) -> Void = { _ in }
    ) throws -> UploadService {
        var configuration = UploadConfiguration(
            folder: folder + "/uploads", maximumByteCount: 1 << 30, reservedByteCount: 0,
            claimDuration: .seconds(0), lockTimeout: .milliseconds(100))
        change(&configuration)
        return try UploadService(
            configuration, database: database, store: store ?? self.store, clock: clock, logger: Logger(label: "test"),
            hooks: .init(
                complete: { [self] upload, connection in
                    if failsToComplete.withLock({ $0 }) { throw Failure() }
                    try Sources.insert(
                        Source(
                            videoID: upload.videoID, objectKey: upload.objectKey, byteCount: upload.byteCount,
                            fileName: upload.fileName, createdAt: upload.time), in: connection)
                    try Videos.apply(.sourceStored, to: upload.videoID, at: upload.time, in: connection)
                    completed.withLock { $0.append(upload) }
                },
                inspect: { [self] _, length in
                    examined.withLock { $0.append(length) }
                    return refusal.withLock { $0 }
                },
                reject: { try Videos.reject($0, $1, at: $2, in: $3) }))
    }

    /// The files in the folder of uploads, except the folder's own two.
    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/uploads").filter { !$0.hasPrefix(".") }
    }

    func object(_ video: String) async throws -> [UInt8]? {
        let key = ObjectKey.source(video: video)
        guard try await store.size(of: key) != nil else { return nil }
        return Array(try await store.readAll(key, limit: 1 << 30).readableBytesView)
    }

    func video(_ id: String = "vid_1") async throws -> Video? {
        try await database.read { try Videos.find(id: id, in: $0) }
    }

    func upload(_ id: String) async throws -> Upload? {
        try await database.read { try Uploads.find(id: id, in: $0) }
    }
}

/// A body in pieces that may break at its end.
struct TestBody: AsyncSequence, Sendable {
    struct Broken: Error {}

    var pieces: [ByteBuffer]
    var breaks = false

    init(_ bytes: [UInt8], pieceLength: Int = 1000, breaks: Bool = false) {
        pieces = stride(from: 0, to: bytes.count, by: pieceLength).map {
            ByteBuffer(bytes: bytes[$0..<Swift.min($0 + pieceLength, bytes.count)])
        }
        self.breaks = breaks
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...], breaks: breaks) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<ByteBuffer>
        let breaks: Bool

        mutating func next() async throws -> ByteBuffer? {
            if let piece = rest.popFirst() { return piece }
            if breaks { throw Broken() }
            return nil
        }
    }
}

/// A body that brings one piece and then nothing until it is let go or cancelled.
struct StalledBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let first: [UInt8]
    let stream: AsyncStream<ByteBuffer>
    let end: AsyncStream<ByteBuffer>.Continuation

    init(_ first: [UInt8]) {
        self.first = first
        (stream, end) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        end.yield(ByteBuffer(bytes: first))
    }

    func makeAsyncIterator() -> AsyncStream<ByteBuffer>.Iterator { stream.makeAsyncIterator() }
}

/// Bytes that are unlike at every position.
func sample(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) } }

/// Metadata of a resumable upload for `vid_1`.
func metadata(_ values: [String: String]) throws -> UploadMetadata {
    try UploadMetadata(
        values.map { "\($0) \(Data($1.utf8).base64EncodedString())" }.joined(separator: ","))
}

func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
