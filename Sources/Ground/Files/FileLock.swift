internal import Glibc
internal import Synchronization

/// An exclusive lock on a file that the kernel gives back when its holder ends, however it ends (`flock(2)`).
///
/// The lock is on an open file, so it is not inherited by children: the descriptor closes on `exec`.
public final class FileLock: Sendable {
    /// Why a lock was not taken.
    public enum Failure: Error, Sendable, Hashable {
        /// Somebody else has it.
        case taken
        /// The file cannot be created or read; the value is `errno`.
        case unusable(Int32)
    }

    private let descriptor: Mutex<Int32>

    /// Creates the file if it is missing, and takes the lock without waiting.
    /// - Throws: ``Failure``.
    public init(_ path: String) throws(Failure) {
        // Another process may remove the file between its creation and its lock: then the lock protects nothing.
        for _ in 0..<5 {
            let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw .unusable(errno) }
            var (held, named) = (stat(), stat())
            guard flock(file, LOCK_EX | LOCK_NB) == 0, unsafe fstat(file, &held) == 0 else {
                close(file)
                throw .taken
            }
            if unsafe stat(path, &named) == 0, held.st_ino == named.st_ino, held.st_dev == named.st_dev {
                descriptor = Mutex(file)
                return
            }
            close(file)
        }
        throw .taken
    }

    deinit { release() }

    /// Gives the lock back; a second time does nothing.
    public func release() {
        descriptor.withLock { file in
            if file >= 0 { close(file) }
            file = -1
        }
    }
}
