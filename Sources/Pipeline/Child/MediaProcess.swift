public import ChildProcess
import Foundation
internal import Ground
import Ingest
import Jobs
public import MediaModel
import Transcoder

/// Runs media children and receives their events.
public struct MediaProcess: Sendable {
    /// The configuration of children.
    public struct Configuration: Sendable {
        /// This program's absolute path.
        public var executable: String
        /// The arguments that make this program a media child.
        public var arguments: [String]
        /// The folder in which each attempt gets a folder of its own.
        public var scratchFolder: String
        /// The limits on sources.
        public var limits: MediaLimits
        /// How many threads a decoder or filter uses.
        public var threads: Int
        /// The most bytes of address space of a child; 0 for no limit.
        public var addressSpace: UInt64
        /// The most bytes of a file that a child writes.
        public var fileSize: UInt64
        /// The longest silence of a child before it is killed.
        public var patience: Duration
        /// The time that every piece of work has, however short its media.
        public var grace: Duration = .seconds(600)
        /// The seconds of work that each second of media adds to that; a slower child is killed.
        public var slowest: Double = 120
        /// The most seconds of processor time of a child.
        public var cpuSeconds: UInt64 = 6 * 3600
        /// The most bytes that a child has in its folder at a time.
        public var scratchBytes: UInt64 = 4 << 30
        /// The free bytes of the scratch folder's disk that a new child needs.
        public var reservedBytes: Int64 = 64 << 20
        /// The user that children run as if this process is root.
        public var sandboxUser = SandboxUser.dynamic
        /// Whether a child fails when a layer of the sandbox is missing.
        public var requiresSandbox = false
        /// How many children run while a viewer waits for the work of one of them; others are stopped until it is done.
        public var slots = Int.max
        /// Called after each check of a running child that finds no fault, with the time since its last event.
        var didCheckChild: @Sendable (_ silence: Duration) -> Void = { _ in }

        /// A configuration.
        public init(
            executable: String, arguments: [String] = ["media", "child"], scratchFolder: String,
            limits: MediaLimits = MediaLimits(), threads: Int = 2, addressSpace: UInt64 = 16 << 30,
            fileSize: UInt64 = 1 << 30, patience: Duration = .seconds(300)
        ) {
            self.executable = executable
            self.arguments = arguments
            self.scratchFolder = scratchFolder
            self.limits = limits
            self.threads = threads
            self.addressSpace = addressSpace
            self.fileSize = fileSize
            self.patience = patience
        }
    }

    private let configuration: Configuration
    private let scheduler: ChildScheduler

    /// A runner of children.
    public init(_ configuration: Configuration) {
        self.configuration = configuration
        scheduler = ChildScheduler(slots: configuration.slots)
    }

    /// Empties the scratch folder, where a killed process can have left files. Blocks.
    /// - Throws: If something in the folder cannot be removed, or the folder cannot be created.
    public func clearScratch() throws {
        try FolderTree.remove(configuration.scratchFolder)
        try FileManager.default.createDirectory(
            atPath: configuration.scratchFolder, withIntermediateDirectories: true)
    }

    /// Has a child do some work, and handles each of its events before it reads the next one.
    /// - Parameters:
    ///   - source: The descriptor of an open file; the caller closes it.
    ///   - name: The name of the scratch folder; unique among running children.
    ///   - isUrgent: Whether a viewer waits for the work: children without a viewer are stopped meanwhile if all slots are
    ///     taken, and go on afterwards.
    ///   - onEvent: Called for each event, with the path of the scratch folder. The file that the event names belongs to
    ///     this process by then.
    /// - Returns: What a probe has found; `nil` for other work.
    /// - Throws: `Rejection` if the source is rejected; `TaskFailure` with the exit status and the last log lines if the
    ///   child failed; what `onEvent` throws, which kills the child; `CancellationError`.
    @discardableResult
    func run(
        _ work: ChildRequest.Work, source: Int32, name: String, isUrgent: Bool = false,
        onEvent: (TranscodeEvent, _ folder: String) async throws -> Void
    ) async throws -> ProbeResult? {
        let folder = "\(configuration.scratchFolder)/\(name)"
        guard freeBytes.map({ $0 >= configuration.reservedBytes }) ?? true else {
            throw Self.noSpace("less than \(configuration.reservedBytes) bytes are free")
        }
        let result: Result<ProbeResult?, any Error>
        do {
            let (child, lines) = try start(work, in: folder, source: source, isUrgent: isUrgent)
            result = .success(
                try await withTaskCancellationHandler {
                    do {
                        return try await receive(
                            from: child, lines, work: work, folder: folder, isUrgent: isUrgent, onEvent)
                    } catch {
                        child.terminate(signal: SIGKILL)
                        _ = await child.waitForExit()
                        throw error
                    }
                } onCancel: {
                    child.terminate(signal: SIGKILL)
                })
        } catch let failure as TaskFailure where [.mediaError, .unexpected].contains(failure.code) && isFull {
            // Whatever failed in the child, the full disk is the likely cause.
            result = .failure(Self.noSpace(failure.detail))
        } catch {
            result = .failure(error)
        }
        await remove(folder)
        return try result.get()
    }

    /// Writes the request into the scratch folder and starts a child.
    private func start(
        _ work: ChildRequest.Work, in folder: String, source: Int32, isUrgent: Bool
    ) throws -> (ChildProcess, LineReader) {
        let log = "\(folder)/log.txt"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let request = ChildRequest(
                work: work, limits: configuration.limits, threads: configuration.threads,
                requiresSandbox: configuration.requiresSandbox)
            try JSONEncoder().encode(request).write(to: URL(fileURLWithPath: "\(folder)/\(ChildRequest.fileName)"))
            try Data().write(to: URL(fileURLWithPath: log))
        } catch {
            throw TaskFailure(.unexpected, "cannot write to the scratch folder: \(error.localizedDescription)")
        }
        guard let errors = FileHandle(forWritingAtPath: log) else {
            throw TaskFailure(.unexpected, "cannot write to the scratch folder")
        }
        defer { try? errors.close() }
        // The pipe holds the events of some segments of all rungs. A child whose files are still being stored blocks when
        // it is full, before the files in its folder exceed their limit.
        let output = try ChildPipe(capacity: 8192)
        var options = ChildProcess.Options(executable: configuration.executable, arguments: configuration.arguments)
        // glibc would otherwise keep an arena for each thread, hundreds of megabytes of unused memory.
        options.environment = ["MALLOC_ARENA_MAX": "2"]
        options.descriptors = [
            1: output.writing, 2: errors.fileDescriptor, ChildRequest.sourceDescriptor: source,
        ]
        options.limits.addressSpace = configuration.addressSpace
        options.limits.fileSize = configuration.fileSize
        options.limits.cpuSeconds = configuration.cpuSeconds
        options.niceness = isUrgent ? 0 : 5
        options.confine(to: folder, as: configuration.sandboxUser)
        defer { close(output.writing) }
        do {
            return (try ChildProcess.spawn(options), LineReader(descriptor: output.reading))
        } catch {
            close(output.reading)
            throw TaskFailure(.unexpected, "\(error)", isRetryable: true)
        }
    }

    /// Receives events until the child closes its output, then waits for its exit.
    private func receive(
        from child: ChildProcess, _ lines: LineReader, work: ChildRequest.Work, folder: String, isUrgent: Bool,
        _ onEvent: (TranscodeEvent, _ folder: String) async throws -> Void
    ) async throws -> ProbeResult? {
        let allowed = configuration.grace + .seconds(work.mediaSeconds * configuration.slowest)
        let watch = ChildWatch(
            patience: configuration.patience, allowed: allowed, child: child, didCheck: configuration.didCheckChild)
        defer { watch.stop() }
        let number = scheduler.begin(
            isUrgent: isUrgent,
            stop: {
                watch.pause(.yielding)
                child.pause()
            },
            proceed: {
                child.proceed()
                watch.resume(.yielding)
            })
        defer { scheduler.end(number) }
        let quota = FolderWatch(folder: folder, limit: configuration.scratchBytes, child: child)
        defer { quota.stop() }
        var validator = ChildEventValidator(for: work)
        var (found, reason): (ProbeResult?, String?)
        var isDone = false
        while let line = await lines.next() {
            // Time in which the child waits for this process does not count.
            watch.pause(.handling)
            defer { watch.resume(.handling) }
            try Task.checkCancellation()
            guard let event = try? JSONDecoder().decode(ChildEvent.self, from: Data(line)) else {
                throw TaskFailure(.mediaError, "the media child sent a malformed event", isRetryable: true)
            }
            switch try validator.check(event) {
            case .probed(let result): found = result
            case .rejected(let rejection): throw rejection
            case .failed(let text): reason = text
            case .event(let event):
                if let file = event.file { try ScratchFile.take(file, in: folder) }
                try await onEvent(event, folder)
            case .done: isDone = true
            }
        }
        let status = await child.waitForExit()
        try Task.checkCancellation()
        if isDone, status == .exited(0) { return found }
        let limit =
            quota.hasFired
            ? "the media child had more than \(configuration.scratchBytes) bytes in its folder, or files that cannot be counted"
            : watch.reason
        throw failure(status, reason: reason, limit: limit, log: ScratchFile.tail(of: "\(folder)/log.txt"))
    }

    /// The failure of a child.
    /// - Parameters:
    ///   - reason: The reason that the child has sent.
    ///   - limit: The limit for which this process has killed it.
    private func failure(
        _ status: ChildProcess.ExitStatus, reason: String?, limit: String?, log: String?
    ) -> TaskFailure {
        switch status {
        case .exited(let exit):
            return TaskFailure(
                .mediaError, limit ?? reason ?? "the media child ended with \(status)", exitStatus: Int(exit),
                logTail: log)
        case .signaled(let signal):
            let refusal = signal == SIGSYS ? "the media child was killed for a system call that no decoder needs" : nil
            return TaskFailure(
                limit != nil || signal == SIGXCPU || signal == SIGXFSZ ? .childLimit : .childCrashed,
                limit ?? refusal ?? reason ?? "the media child ended with \(status)", exitStatus: 128 + Int(signal),
                logTail: log)
        }
    }

    /// Removes the folder of a child without blocking a thread of the cooperative pool. If it fails, the folder is removed
    /// at the next start.
    private func remove(_ folder: String) async {
        await withCheckedContinuation { continuation in
            Self.removals.async {
                try? FolderTree.remove(folder)
                continuation.resume()
            }
        }
    }

    private static let removals = DispatchQueue(label: "videohost.pipeline.scratch", attributes: .concurrent)

    /// The failure for a full disk, which does not count as an attempt.
    private static func noSpace(_ detail: String) -> TaskFailure {
        var failure = TaskFailure(.noSpace, "no space left for scratch files: \(detail)")
        failure.countsAsAttempt = false
        return failure
    }

    /// Whether less than 8 MB are free on the scratch folder's disk.
    private var isFull: Bool { freeBytes.map { $0 < 8 << 20 } ?? false }

    /// The free bytes of the scratch folder's disk, if the system tells them.
    private var freeBytes: Int64? { DiskSpace.availableBytes(at: configuration.scratchFolder) }
}
