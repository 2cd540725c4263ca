public import ChildProcess
import Foundation
internal import Ground
import Jobs
public import MediaModel

/// Starts media children and listens to them.
public struct MediaProcess: Sendable {
    /// How children are started.
    public struct Configuration: Sendable {
        /// This program's absolute path.
        public var executable: String
        /// The arguments that make this program a media child.
        public var arguments: [String]
        /// Folder in which each task gets a folder of its own.
        public var scratchFolder: String
        /// Caps on sources.
        public var limits: MediaLimits
        /// Threads that a heavy decoder or filter may use.
        public var threads: Int
        /// Bytes of address space of a child; 0 for no limit.
        public var addressSpace: UInt64
        /// Bytes of the largest file that a child may write.
        public var fileSize: UInt64
        /// Longest silence of a child before it counts as hung.
        public var patience: Duration
        /// What every piece of work may take, however short its media.
        public var grace: Duration = .seconds(600)
        /// Seconds of work allowed for each second of media beyond that: what is slower makes no progress worth waiting
        /// for.
        public var slowest: Double = 120
        /// Seconds of processor time of a child.
        public var cpuSeconds: UInt64 = 6 * 3600
        /// Bytes that a child may have in its folder at a time.
        public var scratchBytes: UInt64 = 4 << 30
        /// Bytes of the scratch folder's disk without which no child is started.
        public var reservedBytes: Int64 = 64 << 20
        /// As whom children run where this process is root.
        public var sandboxUser = SandboxUser.dynamic
        /// Whether a child refuses to work when a layer of the sandbox is missing.
        public var requiresSandbox = false

        /// How children are started.
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

    /// How children are started.
    public let configuration: Configuration

    /// A starter of children.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// Empties the scratch folder, which a killed process may have left full. Blocks.
    /// - Throws: If something in the folder stays, or it cannot be made.
    public func clearScratch() throws {
        try FolderTree.remove(configuration.scratchFolder)
        try FileManager.default.createDirectory(
            atPath: configuration.scratchFolder, withIntermediateDirectories: true)
    }

    /// Has a child do some work, and hands on each of its replies before the next one is read.
    /// - Parameters:
    ///   - source: An open file; stays the caller's.
    ///   - name: A name for the scratch folder; unique among running tasks.
    ///   - reply: Called for each event, with the scratch folder's path.
    /// - Throws: `Rejection` if the source is refused; `TaskFailure` with the child's exit status and last words if it
    ///   failed; what `reply` throws, which ends the child; `CancellationError`.
    func run(
        _ work: ChildRequest.Work, source: Int32, name: String,
        reply: (ChildEvent, _ folder: String) async throws -> Void
    ) async throws {
        let folder = "\(configuration.scratchFolder)/\(name)"
        guard freeBytes.map({ $0 >= configuration.reservedBytes }) ?? true else {
            throw Self.noSpace("less than \(configuration.reservedBytes) bytes are free")
        }
        do {
            try await runChild(work, source: source, folder: folder, reply: reply)
            await remove(folder)
            return
        } catch let failure as TaskFailure where [.mediaError, .unexpected].contains(failure.code) && isFull {
            // Whatever the child stumbled over, with a full disk that is what has to be mended first.
            await remove(folder)
            throw Self.noSpace(failure.detail)
        } catch {
            await remove(folder)
            throw error
        }
    }

    /// Removes a child's folder, on one of as many threads as there are children at most. What stays is removed at the next start.
    private func remove(_ folder: String) async {
        await withCheckedContinuation { continuation in
            Self.removals.async {
                try? FolderTree.remove(folder)
                continuation.resume()
            }
        }
    }

    private static let removals = DispatchQueue(label: "videohost.pipeline.scratch", attributes: .concurrent)

    /// Only time can mend this, so no attempt is lost to it.
    private static func noSpace(_ detail: String) -> TaskFailure {
        var fault = TaskFailure(.noSpace, "no space left for scratch files: \(detail)")
        fault.countsAsAttempt = false
        return fault
    }

    /// Whether the scratch folder's disk has no room to speak of.
    private var isFull: Bool { freeBytes.map { $0 < 8 << 20 } ?? false }

    /// Bytes that can still be written to the scratch folder's disk, if it tells.
    private var freeBytes: Int64? { DiskSpace.availableBytes(at: configuration.scratchFolder) }

    private func runChild(
        _ work: ChildRequest.Work, source: Int32, folder: String,
        reply: (ChildEvent, _ folder: String) async throws -> Void
    ) async throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let order = ChildRequest(
                work: work, limits: configuration.limits, threads: configuration.threads,
                requiresSandbox: configuration.requiresSandbox)
            try JSONEncoder().encode(order).write(to: URL(fileURLWithPath: "\(folder)/\(ChildRequest.fileName)"))
        } catch {
            throw TaskFailure(.unexpected, "cannot write to the scratch folder: \(error.localizedDescription)")
        }
        let running = try start(in: folder, source: source)
        try await withTaskCancellationHandler {
            do {
                try await listen(to: running, work: work, folder: folder, reply)
            } catch {
                running.child.terminate(signal: SIGKILL)
                _ = await running.child.waitForExit()
                throw error
            }
        } onCancel: {
            running.child.terminate(signal: SIGKILL)
        }
    }

    private struct Running: Sendable {
        let child: ChildProcess
        let lines: LineReader
    }

    private func start(in folder: String, source: Int32) throws -> Running {
        // Room for the words about some segments of all rungs. A child that is not listened to, because its files are still
        // on their way, waits behind that, before what lies in its folder counts as too much.
        let output = try ChildPipe(capacity: 8192)
        let log = FileManager.default.createFile(atPath: "\(folder)/log.txt", contents: nil)
        guard log, let errors = FileHandle(forWritingAtPath: "\(folder)/log.txt") else {
            close(output.reading)
            close(output.writing)
            throw TaskFailure(.unexpected, "cannot write to the scratch folder", isRetryable: true)
        }
        defer { try? errors.close() }
        var options = ChildProcess.Options(executable: configuration.executable, arguments: configuration.arguments)
        // glibc would keep an arena a thread, and with it hundreds of megabytes that nobody uses.
        options.environment = ["MALLOC_ARENA_MAX": "2"]
        options.descriptors = [
            1: output.writing, 2: errors.fileDescriptor, ChildRequest.sourceDescriptor: source,
        ]
        options.limits.addressSpace = configuration.addressSpace
        options.limits.fileSize = configuration.fileSize
        options.limits.cpuSeconds = configuration.cpuSeconds
        options.niceness = 5
        options.confine(to: folder, as: configuration.sandboxUser)
        do {
            let child = try ChildProcess.spawn(options)
            close(output.writing)
            return Running(child: child, lines: LineReader(descriptor: output.reading))
        } catch {
            close(output.reading)
            close(output.writing)
            throw TaskFailure(.unexpected, "\(error)", isRetryable: true)
        }
    }

    private func listen(
        to running: Running, work: ChildRequest.Work, folder: String,
        _ reply: (ChildEvent, _ folder: String) async throws -> Void
    ) async throws {
        let allowed = configuration.grace + .seconds(work.mediaSeconds * configuration.slowest)
        let watch = ChildWatch(patience: configuration.patience, allowed: allowed, child: running.child)
        defer { watch.stop() }
        let quota = FolderWatch(folder: folder, limit: configuration.scratchBytes, child: running.child)
        defer { quota.stop() }
        var words = ChildEventValidator(about: work)
        var said: String?
        var isDone = false
        while let line = await running.lines.next() {
            // From here on the child waits for this side, and whatever that takes is not its fault.
            watch.pause()
            defer { watch.resume() }
            try Task.checkCancellation()
            guard let heard = try? JSONDecoder().decode(ChildEvent.self, from: Data(line)) else {
                throw TaskFailure(.mediaError, "the media child said something that makes no sense", isRetryable: true)
            }
            let message = try words.check(heard)
            switch message {
            case .rejected(let rejection): throw rejection
            case .failed(let reason): said = reason
            case .event(let event):
                if let file = event.file { try ScratchFile.take(file, in: folder) }
                try await reply(message, folder)
            case .done:
                isDone = true
                try await reply(message, folder)
            default: try await reply(message, folder)
            }
        }
        let status = await running.child.waitForExit()
        try Task.checkCancellation()
        if isDone, status == .exited(0) { return }
        var hung = watch.reason
        if quota.hasFired {
            hung =
                "the media child wrote more than \(configuration.scratchBytes) bytes at a time, or what cannot be counted"
        }
        throw failure(status, said: said, hung: hung, folder: folder)
    }

    private func failure(_ status: ChildProcess.ExitStatus, said: String?, hung: String?, folder: String) -> TaskFailure
    {
        let log = ScratchFile.tail(of: "\(folder)/log.txt")
        var said = said
        let code: FailureCode
        var number: Int?
        switch status {
        case .exited(let exit):
            code = .mediaError
            number = Int(exit)
        case .signaled(let signal):
            code = hung != nil || signal == SIGXCPU || signal == SIGXFSZ ? .childLimit : .childCrashed
            number = 128 + Int(signal)
            if signal == SIGSYS { said = "the media child was killed for a system call that no decoder needs" }
        }
        return TaskFailure(
            code, hung ?? said ?? "the media child ended with \(status)", exitStatus: number, logTail: log,
            isRetryable: true)
    }
}
