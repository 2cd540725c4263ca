public import Catalog
public import Ground
public import Logging
import MediaModel
import NIOPosix
public import SQL
public import Storage

/// Takes bytes in, from whichever door, until they are a video's source.
///
/// Open uploads lie in a folder on the local disk, a file each, and a file's length is its upload's offset: so nothing
/// has to be counted twice and a killed server goes on where the disk stands. A finished file moves into the object
/// store, and then one transaction makes the upload complete and gives it to the pipeline. Every step may be the last
/// before a crash: ``recover()`` takes up what is left.
public final class UploadService: Sendable {
    /// What the desk tells the rest of the program.
    public struct Hooks: Sendable {
        /// Runs inside the transaction that completes an upload; what it throws undoes it.
        public var complete: @Sendable (CompletedUpload, any SQLConnection) throws -> Void
        /// Runs after that transaction: there is new work of the upload's owner.
        public var dispatch: @Sendable (CompletedUpload) async -> Void
        /// Runs after a video's state or upload has changed, with the video's id.
        public var changed: @Sendable (String) async -> Void

        /// All of them.
        public init(
            complete: @escaping @Sendable (CompletedUpload, any SQLConnection) throws -> Void,
            dispatch: @escaping @Sendable (CompletedUpload) async -> Void = { _ in },
            changed: @escaping @Sendable (String) async -> Void = { _ in }
        ) {
            self.complete = complete
            self.dispatch = dispatch
            self.changed = changed
        }
    }

    /// The limits.
    public let configuration: UploadConfiguration
    let database: any Database
    let store: any ObjectStore
    let clock: WallClock
    let hooks: Hooks
    let logger: Logger
    let folder: UploadFolder
    let locks: UploadLocks
    /// The identity of `folder`.
    let folderID: String
    let budget = BufferBudget()
    let pool: NIOThreadPool

    /// A desk over its folder, which is made if it is not there.
    /// - Throws: ``UploadError/system(call:code:)`` if the folder cannot be made.
    public init(
        _ configuration: UploadConfiguration, database: any Database, store: any ObjectStore,
        clock: WallClock = .system, logger: Logger, hooks: Hooks
    ) throws(UploadError) {
        self.configuration = configuration
        self.database = database
        self.store = store
        self.clock = clock
        self.hooks = hooks
        self.logger = logger
        folder = UploadFolder(path: configuration.folder)
        try folder.create()
        locks = try UploadLocks(folder: folder, endingTime: configuration.endingTime)
        folderID = try folder.identity(at: clock.now())
        pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
    }

    /// Ends the desk's threads once all requests have ended.
    public func shutdown() async {
        do { try await pool.shutdownGracefully() } catch {
            logger.warning("the threads of uploads did not end", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - What every part of the desk needs

    /// Runs blocking calls on the desk's own threads.
    func onDisk<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.runIfActive(body)
    }

    /// The upload that an address opens, whatever its state.
    /// - Throws: ``UploadError/notFound``.
    func authorized(_ address: UploadAddress) async throws -> Upload {
        let upload = try await database.read { try Uploads.find(id: address.id, in: $0) }
        guard let upload, address.opens(tokenHash: upload.tokenHash) else { throw UploadError.notFound }
        return upload
    }

    /// The upload that an address opens, unless it has ended without a file.
    /// - Throws: ``UploadError/notFound`` and ``UploadError/gone``.
    func live(_ address: UploadAddress) async throws -> Upload {
        let upload = try await authorized(address)
        let orphaned = upload.kind != .partial && upload.videoID == nil
        guard upload.state != .terminated, !orphaned, upload.state == .complete || upload.expiresAt > clock.now() else {
            throw UploadError.gone
        }
        return upload
    }

    /// When an upload that is touched now will expire.
    var expiry: Int64 { clock.now() + configuration.lifetime.milliseconds }

    /// Milliseconds after which an upload that is being written is prolonged, which also tells processes with other folders
    /// that somebody writes it. Not at each request, to spare the database.
    var signInterval: Int64 {
        min(configuration.lifetime.milliseconds / 16, configuration.claimDuration.milliseconds / 2)
    }
}

/// An upload whose bytes are all there and lie in the object store.
public struct CompletedUpload: Sendable, Hashable {
    /// The upload.
    public let uploadID: String
    /// The video that it is the source of.
    public let videoID: String
    /// Who uploaded it.
    public let ownerID: String
    /// Where the bytes are.
    public let objectKey: String
    /// How many there are.
    public let byteCount: Int64
    /// The file's name for people; empty if there was none.
    public let fileName: String
    /// When they were complete, in milliseconds since 1970.
    public let time: Int64
}

/// How far an upload is.
public struct UploadStatus: Sendable, Hashable {
    /// The upload's record.
    public let upload: Upload
    /// Bytes that are on the disk; `nil` for a final upload that has not been put together.
    public let offset: Int64?
}
