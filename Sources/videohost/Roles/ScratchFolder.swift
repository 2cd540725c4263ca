import ChildProcess
import Foundation
import Ground

/// The scratch folder of one process below a shared one, and what others left behind when they were killed.
final class ScratchFolder: Sendable {
    let path: String
    /// Held as long as the process lives.
    private let lock: FileLock

    /// Makes a folder of this process' own and removes those whose process is gone.
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
            // The parent may be one that others use too, such as /var/tmp.
            try manager.createDirectory(atPath: path, withIntermediateDirectories: false, attributes: alone)
            let found = try manager.contentsOfDirectory(atPath: parent)
            let names = Set(found.map { $0.hasSuffix(".lock") ? String($0.dropLast(5)) : $0 })
            for other in names where other != name {
                // Its lock can be had only if its process is gone.
                guard let abandoned = try? FileLock("\(parent)/\(other).lock") else { continue }
                // Its lock stays with what cannot be removed: the next start tries again.
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

    /// Where tasks have their folders.
    var tasks: String { path + "/tasks" }
    /// Where local copies of sources lie.
    var sources: String { path + "/sources" }

    /// Bytes that can still be written there.
    var freeBytes: Int64 {
        DiskSpace.availableBytes(at: path) ?? 0
    }

    /// Removes the folder at the end of the process.
    func remove() {
        guard (try? FolderTree.remove(path)) != nil else { return }
        try? FileManager.default.removeItem(atPath: path + ".lock")
    }
}
