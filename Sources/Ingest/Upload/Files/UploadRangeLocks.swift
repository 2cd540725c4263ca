#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Locks between the processes that share an upload folder: one byte of a file for each upload (`F_OFD_SETLK`, fcntl(2)).
///
/// The kernel releases them when their process ends. They exclude no task of the same process; ``UploadLocks`` does that.
final class UploadRangeLocks: Sendable {
    private let descriptor: Int32
    /// `F_OFD_GETLK` and `F_OFD_SETLK` of Linux (fcntl.h), which glibc declares for C programs only.
    private static let (get, set): (Int32, Int32) = (36, 37)

    /// The locks of a folder.
    init(folder: UploadFolder) throws(UploadError) {
        descriptor = unsafe open(folder.path(of: ".locks"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .systemFailure("open") }
    }

    deinit { close(descriptor) }

    /// Takes an upload's lock without waiting.
    /// - Returns: Whether no other process has it.
    func take(_ upload: String) throws(UploadError) -> Bool {
        var range = self.range(of: upload, F_WRLCK)
        guard unsafe fcntl(descriptor, Self.set, &range) == 0 else {
            guard errno == EAGAIN || errno == EACCES else { throw .systemFailure("fcntl") }
            return false
        }
        return true
    }

    /// Releases an upload's lock.
    func release(_ upload: String) {
        var range = self.range(of: upload, F_UNLCK)
        _ = unsafe fcntl(descriptor, Self.set, &range)
    }

    /// Whether another process has an upload's lock.
    func isTakenElsewhere(_ upload: String) -> Bool {
        var range = self.range(of: upload, F_WRLCK)
        return unsafe fcntl(descriptor, Self.get, &range) == 0 && range.l_type != Int16(F_UNLCK)
    }

    private func range(of upload: String, _ kind: Int32) -> flock {
        // FNV-1a. A collision among a few hundred open uploads in 2^62 bytes is improbable, and delays one request.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in upload.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var range = flock()
        range.l_type = Int16(kind)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = off_t(hash >> 2)
        range.l_len = 1
        return range
    }
}
