internal import NIOCore
internal import NIOPosix

/// Copies the objects that a target store lacks, several at a time.
///
/// Can be stopped and run again at any time: an object that the target has with the same size is not copied again. Deletes
/// nothing in either store.
public struct StorageCopy: Sendable {
    private let source: any ObjectStore
    private let target: any ObjectStore
    private let options: Options

    /// The options of a copy.
    public struct Options: Sendable {
        /// Objects at a time.
        public var parallelism = 8
        /// The folder to copy; empty for all objects.
        public var folder = ""
        /// Whether to count only and write nothing.
        public var isDryRun = false
        /// Folder for temporary files of objects larger than ``largestInMemory``.
        public var scratchFolder = "/tmp"
        /// Most bytes of an object that is copied through memory.
        public var largestInMemory: Int64 = 8 << 20

        /// All objects, eight at a time.
        public init() {}
    }

    /// A copy from one store to another.
    public init(from source: any ObjectStore, to target: any ObjectStore, options: Options = Options()) {
        self.source = source
        self.target = target
        self.options = options
    }

    /// Runs the copy.
    /// - Parameter progress: Receives the counts after each object.
    /// - Returns: The counts, with the objects that could not be copied and those that only the target has.
    /// - Throws: ``StorageError`` that concerns a store and not a single object.
    public func run(progress: (StorageReport) -> Void) async throws -> StorageReport {
        var report = StorageReport()
        var pairs = StoragePairs(source, target, folder: options.folder)
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            var running = 0
            while let pair = try await pairs.next() {
                report.objects += 1
                guard let byteCount = pair.first else {
                    report.note(StorageDifference(pair.key, .extra, "only the target has it"))
                    continue
                }
                guard pair.second != byteCount else {
                    report.unchanged += 1
                    progress(report)
                    continue
                }
                if options.isDryRun {
                    report.count(Outcome(byteCount: byteCount, difference: nil))
                    continue
                }
                if running >= max(1, options.parallelism), let outcome = try await group.next() {
                    running -= 1
                    report.count(outcome)
                    progress(report)
                }
                running += 1
                group.addTask { try await copy(pair.key, byteCount) }
            }
            for try await outcome in group {
                report.count(outcome)
                progress(report)
            }
        }
        return report
    }

    fileprivate struct Outcome: Sendable {
        let byteCount: Int64
        let difference: StorageDifference?
    }

    private func copy(_ key: String, _ byteCount: Int64) async throws -> Outcome {
        do {
            if byteCount <= options.largestInMemory {
                let bytes = try await source.readAll(key, limit: Int(options.largestInMemory))
                try await target.put(bytes, at: key)
            } else {
                try await passThrough(key)
            }
            return Outcome(byteCount: byteCount, difference: nil)
        } catch let error as StorageError where error.isAboutOneObject {
            return Outcome(byteCount: 0, difference: StorageDifference(key, .failed, "\(error)"))
        }
    }

    /// Copies a large object through a temporary file.
    private func passThrough(_ key: String) async throws {
        let threads = StorageThreads.shared.writing
        var random = SystemRandomNumberGenerator()
        let path = "\(options.scratchFolder)/videohost-copy-\(String(random.next(), radix: 36))"
        let file = try await threads.runIfActive { try OpenFile(creating: path) }
        do {
            for try await chunk in try await source.read(key) {
                try await threads.runIfActive { try file.write(chunk) }
            }
            try await target.adopt(file: path, as: key)
        } catch {
            // A cancelled task cannot run anything on the threads, so a new task removes the file.
            let removing = Task { try await threads.runIfActive { try Folder.removeFile(path) } }
            _ = await removing.result
            throw error
        }
    }
}

extension StorageReport {
    fileprivate mutating func count(_ outcome: StorageCopy.Outcome) {
        if let difference = outcome.difference { return note(difference) }
        copied += 1
        copiedBytes += outcome.byteCount
    }
}
