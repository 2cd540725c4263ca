import ChildProcess
import Foundation
import Ground

/// The scratch folder of a process within a shared folder; removes those of killed processes.
final class ScratchFolder: Sendable {
    /// The path.
    let path: String
    /// Locked as long as the process runs.
    private let lock: FileLock

    /// Creates a folder for this process and removes those of ended processes.
    /// - Throws: ``StartupFailure``.
    init(in parent: String) throws {
        let manager = FileManager.default
        do {
            let alone: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
            try manager.createDirectory(atPath: parent, withIntermediateDirectories: true, attributes: alone)
            let name = "\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
            guard let lock = try? FileLock("\(parent)/\(name).lock") else {
                throw StartupFailure("cannot lock the scratch folder \(parent)/\(name)", exitCode: 73)
            }
            self.lock = lock
            path = "\(parent)/\(name)"
            // Other programs may use the parent too, such as /var/tmp.
            try manager.createDirectory(atPath: path, withIntermediateDirectories: false, attributes: alone)
            let found = try manager.contentsOfDirectory(atPath: parent)
            let names = Set(found.map { $0.hasSuffix(".lock") ? String($0.dropLast(5)) : $0 })
            for other in names where other != name {
                // The lock is free only if the process has ended.
                guard let abandoned = try? FileLock("\(parent)/\(other).lock") else { continue }
                // If the folder cannot be removed, its lock file stays and the next start tries again.
                if (try? FolderTree.remove("\(parent)/\(other)")) != nil {
                    try? manager.removeItem(atPath: "\(parent)/\(other).lock")
                }
                abandoned.release()
            }
        } catch let failure as StartupFailure {
            throw failure
        } catch {
            throw StartupFailure("cannot use the scratch folder \(parent): \(error.localizedDescription)", exitCode: 73)
        }
    }

    /// The folder for tasks.
    var tasks: String { path + "/tasks" }
    /// The folder for local copies of sources.
    var sources: String { path + "/sources" }

    /// Free bytes of its disk.
    var freeBytes: Int64 {
        DiskSpace.availableBytes(at: path) ?? 0
    }

    /// Removes the folder at the end of the process.
    func remove() {
        guard (try? FolderTree.remove(path)) != nil else { return }
        try? FileManager.default.removeItem(atPath: path + ".lock")
    }
}
