import Foundation

/// A lock on a file that the kernel gives back when its holder ends, however it ends (`flock(2)`).
struct ProcessLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Takes the lock, or `nil` if somebody else has it or the file cannot be made.
    init?(_ path: String) {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            return nil
        }
        descriptor = file
    }

    /// Gives it back; so does the end of the value.
    consuming func release() {}

    deinit { close(descriptor) }
}
