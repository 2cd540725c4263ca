internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A cache of local copies of objects in a folder with a size limit, for programs that read a descriptor.
///
/// Space is reserved before a copy is loaded. Concurrent requests for an object share one load and one copy. When space is
/// needed, the least recently used copies that are not open are removed. Each process needs its own folder; copies of a
/// killed process are removed when the folder is used again.
public final class ScratchCache: Sendable {
    /// The folder.
    public let folder: String
    /// Most bytes of all copies.
    public let limit: Int64
    /// Bytes of the disk that stay free for other files.
    private let reserve: Int64
    private let threads: NIOThreadPool
    private let lock: OpenFile
    private let state: Mutex<State>
    private static let namePrefix = "copy-"

    private struct State {
        var index: ScratchIndex
        var files: [ScratchSource: String] = [:]
        var loads: [ScratchSource: Task<Void, Never>] = [:]
        var waiting: [ScratchSource: [UInt64: CheckedContinuation<Bool, any Error>]] = [:]
        private var lastNumber: UInt64 = 0

        init(limit: Int64) { index = ScratchIndex(limit: limit) }

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    /// A cache in a folder, which is created if it is missing.
    /// - Parameters:
    ///   - folder: The folder; other files in it are not touched.
    ///   - limit: Most bytes of all copies together.
    ///   - reserve: Bytes of the disk that stay free.
    ///   - threads: The threads for writing files.
    /// - Throws: ``StorageError``; with the code `scratch_in_use` if another process uses the folder.
    /// - Note: Blocks for a short time; call it once at start.
    public init(
        folder: String, limit: Int64, leaving reserve: Int64 = 64 << 20, threads: StorageThreads = .shared
    ) throws {
        self.folder = folder
        self.limit = limit
        self.reserve = reserve
        self.threads = threads.writing
        try Folder.make(folder)
        lock = try OpenFile(lockFile: folder + "/.lock")
        state = Mutex(State(limit: limit))
        guard lock.lock() else {
            throw StorageError.service(
                .scratchInUse, "the scratch folder \(folder) is used by another process: each process needs its own")
        }
        for name in try Folder.names(in: folder) where name.hasPrefix(Self.namePrefix) {
            try Folder.removeFile(folder + "/" + name)
        }
    }

    /// Bytes of all copies, including unfinished ones.
    public var usedBytes: Int64 { state.withLock { $0.index.used } }

    /// Opens the copy of an object; `load` loads it if there is none.
    /// - Throws: ``StorageError/scratchFull(needed:limit:)``, ``StorageError/scratchTooSmall(needed:limit:)``,
    ///   ``StorageError/noSpace``, and the errors of `load`.
    func open(
        _ source: ScratchSource, load: @escaping @Sendable (ScratchFile) async throws -> Void
    ) async throws -> LocalObject {
        guard source.byteCount <= limit else {
            throw StorageError.scratchTooSmall(needed: source.byteCount, limit: limit)
        }
        while true {
            try Task.checkCancellation()
            let (claim, number) = state.withLock { state in
                let claimed = state.index.claim(source)
                if case .load(let removed) = claimed.claim { start(source, removed, load, &state) }
                return claimed
            }
            guard claim != .full else { throw StorageError.scratchFull(needed: source.byteCount, limit: limit) }
            // The claim has pinned the copy; this value releases the pin.
            let pin = ScratchPin(self, source, number)
            if claim != .ready, try await !isLoaded(source) { continue }
            guard let path = state.withLock({ $0.files[source] }) else { continue }
            let file = try await threads.runIfActive { try OpenFile(reading: path, key: source.key) }
            pin.keep(file)
            return LocalObject(descriptor: file.descriptor, byteCount: source.byteCount, keeping: pin)
        }
    }

    fileprivate func unpin(_ source: ScratchSource, _ number: UInt64) {
        state.withLock { $0.index.unpin(source, number) }
    }

    /// Waits for a load. `false` if the load was cancelled because all of its requesters were: then start again.
    private func isLoaded(_ source: ScratchSource) async throws -> Bool {
        let number = state.withLock { $0.nextNumber() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Bool, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.index.isReady(source) == false else { return .success(true) }
                    state.waiting[source, default: [:]][number] = continuation
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let (continuation, load) = state.withLock { state in
                let continuation = state.waiting[source]?.removeValue(forKey: number)
                let isAlone = continuation != nil && state.waiting[source]?.isEmpty == true
                return (continuation, isAlone ? state.loads[source] : nil)
            }
            continuation?.resume(throwing: CancellationError())
            load?.cancel()
        }
    }

    private func start(
        _ source: ScratchSource, _ removed: [ScratchSource],
        _ load: @escaping @Sendable (ScratchFile) async throws -> Void, _ state: inout State
    ) {
        let old = removed.compactMap { state.files.removeValue(forKey: $0) }
        let path = "\(folder)/\(Self.namePrefix)\(state.nextNumber())"
        state.files[source] = path
        // Not a child of the requesting task, since others may wait for it too. Cancelled when nobody waits for it.
        state.loads[source] = Task {
            do {
                let file = try await make(path, source.byteCount, removing: old)
                try await load(ScratchFile(file, threads))
                end(source, .success(true))
            } catch {
                // A cancelled task cannot run anything on the threads, so a new task removes the files.
                let removing = Task { try await remove(old + [path]) }
                _ = await removing.result
                end(source, error is CancellationError ? .success(false) : .failure(error))
            }
        }
    }

    /// Creates the file of a copy and allocates its disk space.
    private func make(_ path: String, _ byteCount: Int64, removing old: [String]) async throws -> OpenFile {
        try await remove(old)
        let file = try await threads.runIfActive { try OpenFile(creating: path) }
        do {
            try await threads.runIfActive { [reserve] in try file.reserve(byteCount, leaving: reserve) }
        } catch StorageError.noSpace {
            // Other files fill the disk: remove all copies that are not in use.
            let idle = state.withLock { state in
                state.index.forgetIdle().compactMap { state.files.removeValue(forKey: $0) }
            }
            try await remove(idle)
            try await threads.runIfActive { [reserve] in try file.reserve(byteCount, leaving: reserve) }
        }
        return file
    }

    private func remove(_ paths: [String]) async throws {
        guard !paths.isEmpty else { return }
        try await threads.runIfActive { for path in paths { try Folder.removeFile(path) } }
    }

    private func end(_ source: ScratchSource, _ result: Result<Bool, any Error>) {
        let waiting = state.withLock { state in
            state.loads[source] = nil
            if case .success(true) = result {
                state.index.finish(source)
            } else {
                state.index.forget(source)
                state.files[source] = nil
            }
            return state.waiting.removeValue(forKey: source)
        }
        for continuation in (waiting ?? [:]).values { continuation.resume(with: result) }
    }
}

/// Keeps a copy in the cache as long as it exists.
private final class ScratchPin: Sendable {
    private let cache: ScratchCache
    private let source: ScratchSource
    private let number: UInt64
    private let file = Mutex<OpenFile?>(nil)

    init(_ cache: ScratchCache, _ source: ScratchSource, _ number: UInt64) {
        self.cache = cache
        self.source = source
        self.number = number
    }

    deinit { cache.unpin(source, number) }

    func keep(_ open: OpenFile) { file.withLock { $0 = open } }
}

/// An unfinished local copy; ranges may be written in any order and concurrently.
struct ScratchFile: Sendable {
    private let file: OpenFile
    private let threads: NIOThreadPool

    init(_ file: OpenFile, _ threads: NIOThreadPool) {
        self.file = file
        self.threads = threads
    }

    /// Writes bytes at an offset.
    func write(_ bytes: ByteBuffer, at offset: Int64) async throws {
        try await threads.runIfActive { [file] in try file.write(bytes, at: offset) }
    }
}
