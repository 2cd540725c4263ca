import Foundation

/// A lock on a file that the kernel gives back when its holder ends, however it ends (`flock(2)`).
struct ProcessLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Takes the lock, or `nil` if somebody else has it or the file cannot be made.
    init?(_ path: String) {
        // Whoever tidies up may have removed the file between its making and its lock: then the lock holds nothing.
        for _ in 0..<5 {
            let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { return nil }
            var (held, named) = (stat(), stat())
            guard flock(file, LOCK_EX | LOCK_NB) == 0, unsafe fstat(file, &held) == 0 else {
                close(file)
                return nil
            }
            if unsafe stat(path, &named) == 0, held.st_ino == named.st_ino, held.st_dev == named.st_dev {
                descriptor = file
                return
            }
            close(file)
        }
        return nil
    }

    /// Gives it back; so does the end of the value.
    consuming func release() {}

    deinit { close(descriptor) }
}
