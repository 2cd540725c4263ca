import Foundation
import Glibc
import Synchronization

/// Kills a child whose folder grows beyond bounds.
///
/// The kernel's limit is on each file; nothing but a look at the folder adds them up. A confined child can neither remove
/// files nor make ones without a name, so what it wrote is there to be counted.
public final class FolderWatch: Sendable {
    private let fired = Mutex(false)
    private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

    /// Looks at the folder until it is stopped.
    /// - Parameters:
    ///   - folder: Path of the folder.
    ///   - limit: Bytes of all that is in it; each entry counts for at least 4 KiB.
    ///   - interval: Time between looks, and so the measure of what can be written beyond the limit.
    ///   - child: What is killed.
    public init(folder: String, limit: UInt64, interval: Duration = .milliseconds(250), child: ChildProcess) {
        let watching = Task { [self] in
            while !Task.isCancelled {
                if Self.byteCount(of: folder, stoppingAt: limit) > limit {
                    fired.withLock { $0 = true }
                    child.terminate(signal: SIGKILL)
                    return
                }
                try? await Task.sleep(for: interval)
            }
        }
        task.withLock { $0 = watching }
    }

    /// Whether the child was killed for this.
    public var hasFired: Bool { fired.withLock { $0 } }

    /// Ends the watch.
    public func stop() { task.withLock { $0?.cancel() } }

    private static func byteCount(of folder: String, stoppingAt limit: UInt64) -> UInt64 {
        let entries = FileManager.default.enumerator(atPath: folder)
        var sum: UInt64 = 0
        while let name = entries?.nextObject() as? String {
            var entry = stat()
            guard lstat("\(folder)/\(name)", &entry) == 0 else { continue }
            sum += max(UInt64(entry.st_blocks) * 512, 4096)
            if sum > limit { break }
        }
        return sum
    }
}
