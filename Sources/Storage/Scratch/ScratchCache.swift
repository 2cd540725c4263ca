internal import NIOPosix
internal import Synchronization

/// Local copies of objects, for programs that read a descriptor, in a folder that never grows beyond a limit.
///
/// Room is reserved before a copy is loaded. Those who want the same object share one load and one copy. A copy stays
/// until its room is needed and nobody has it open; the one that was used longest ago goes first. Each process needs
/// a folder of its own; what a killed one left is removed when the folder is used again.
public final class ScratchCache: Sendable {
    /// The folder.
    public let folder: String
    /// Most bytes of all copies together.
    public let limit: Int64
    /// Bytes of the disk that copies leave free, for everything else that lies on it.
    private let reserve: Int64
    private let threads: NIOThreadPool
    private let lock: OpenFile
    private let state: Mutex<State>
    private static let namePrefix = "copy-"

    private struct State {
        var ledger: ScratchIndex
        var files: [ScratchSource: String] = [:]
        var loads: [ScratchSource: Task<Void, Never>] = [:]
        var waiting: [ScratchSource: [UInt64: CheckedContinuation<Bool, any Error>]] = [:]
        var lastNumber: UInt64 = 0

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    /// A cache in a folder, which is made if it is missing.
    /// - Parameters:
    ///   - folder: The folder; other files in it are left alone.
    ///   - limit: Most bytes of all copies together.
    ///   - reserve: Bytes of the disk that copies leave free.
    ///   - threads: Where files are written.
    /// - Throws: ``StorageError``; of the code `scratch_in_use` if another process has the folder.
    /// - Note: Blocks shortly; call it once, at start.
    public init(
        folder: String, limit: Int64, leaving reserve: Int64 = 64 << 20, threads: StorageThreads = .shared
    ) throws {
        self.folder = folder
        self.limit = limit
        self.reserve = reserve
        self.threads = threads.writing
        try Folder.make(folder)
        lock = try OpenFile(lockFile: folder + "/.lock")
        state = Mutex(State(ledger: ScratchIndex(limit: limit)))
        guard lock.lock() else {
            throw StorageError.service(
                .scratchInUse, "the scratch folder \(folder) is used by another process: give each its own")
        }
        for name in try Folder.names(in: folder) where name.hasPrefix(Self.namePrefix) {
            try Folder.removeFile(folder + "/" + name)
        }
    }

    /// Bytes that copies have, finished or not.
    public var usedBytes: Int64 { state.withLock { $0.ledger.used } }

    /// Opens the copy of an object, and makes it with `load` if there is none.
    /// - Throws: ``StorageError/scratchFull(needed:limit:)``, ``StorageError/scratchTooSmall(needed:limit:)``,
    ///   ``StorageError/noSpace``, and what `load` throws.
    func open(
        _ source: ScratchSource, load: @escaping @Sendable (ScratchFile) async throws -> Void
    ) async throws -> LocalObject {
        guard source.byteCount <= limit else {
            throw StorageError.scratchTooSmall(needed: source.byteCount, limit: limit)
        }
        while true {
            try Task.checkCancellation()
            let (claim, number) = state.withLock { state in
                let claimed = state.ledger.claim(source)
                if case .load(let removed) = claimed.claim { start(source, removed, load, &state) }
                return claimed
            }
            guard claim != .full else { throw StorageError.scratchFull(needed: source.byteCount, limit: limit) }
            // From here on there is a pin, which ends with this value.
            let pin = ScratchPin(self, source, number)
            if claim != .ready, try await !isLoaded(source) { continue }
            guard let path = state.withLock({ $0.files[source] }) else { continue }
            let file = try await threads.runIfActive { try OpenFile(reading: path, key: source.key) }
            pin.keep(file)
            return LocalObject(descriptor: file.descriptor, byteCount: source.byteCount, keeping: pin)
        }
    }

    fileprivate func unpin(_ source: ScratchSource, _ number: UInt64) {
        state.withLock { $0.ledger.unpin(source, number) }
    }

    /// Waits for a load. `false`: it was given up because those who wanted it went away; start again.
    private func isLoaded(_ source: ScratchSource) async throws -> Bool {
        let number = state.withLock { $0.nextNumber() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Bool, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.ledger.isReady(source) == false else { return .success(true) }
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
        // Not a child of the asker: others may wait for it too. It ends when all of them are gone.
        state.loads[source] = Task {
            do {
                let file = try await make(path, source.byteCount, removing: old)
                try await load(ScratchFile(file, threads))
                end(source, .success(true))
            } catch {
                // The task may be cancelled, and would do nothing more on the threads; a new one does.
                let removing = Task { try await remove(old + [path]) }
                _ = await removing.result
                end(source, error is CancellationError ? .success(false) : .failure(error))
            }
        }
    }

    /// Makes the file of a copy, with all of its room on the disk.
    private func make(_ path: String, _ byteCount: Int64, removing old: [String]) async throws -> OpenFile {
        try await remove(old)
        let file = try await threads.runIfActive { try OpenFile(creating: path) }
        do {
            try await threads.runIfActive { [reserve] in try file.reserve(byteCount, leaving: reserve) }
        } catch StorageError.noSpace {
            // Others have filled the disk: copies that nobody needs now are the first to go.
            let idle = state.withLock { state in
                state.ledger.forgetIdle().compactMap { state.files.removeValue(forKey: $0) }
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
                state.ledger.finish(source)
            } else {
                state.ledger.forget(source)
                state.files[source] = nil
            }
            return state.waiting.removeValue(forKey: source)
        }
        for continuation in (waiting ?? [:]).values { continuation.resume(with: result) }
    }
}

/// Keeps a copy from being removed.
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
