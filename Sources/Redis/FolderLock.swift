import Glibc
import Synchronization

/// A lock that the kernel gives back when its holder ends, however it ends (`flock(2)`).
final class FolderLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Takes the lock.
    init(_ path: String) throws(PrivateRedisError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .folderUnusable(folder, errno: errno) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw .inUse(folder)
        }
        descriptor = Mutex(file)
    }

    deinit { release() }

    /// Gives the lock back; a second time does nothing.
    func release() {
        descriptor.withLock { file in
            if file >= 0 { close(file) }
            file = -1
        }
    }
}
