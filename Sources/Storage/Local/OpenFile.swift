internal import Glibc
internal import Ground
internal import NIOCore

/// An open file, which is closed with its last reference. Its calls block and throw ``StorageError``.
final class OpenFile: Sendable {
    /// The descriptor.
    let descriptor: Int32

    /// Opens an existing file for reading.
    init(reading path: String, key: String) throws(StorageError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .current("open", path: path, key: key) }
    }

    /// Creates a file with mode 0600 for writing.
    init(creating path: String) throws(StorageError) {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .current("open", path: path) }
    }

    /// Opens a lock file; creates it if it is missing.
    init(lockFile path: String) throws(StorageError) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .current("open", path: path) }
    }

    /// Opens a folder for ``synchronize()``, which makes its entries durable.
    init(folder path: String) throws(StorageError) {
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .current("open", path: path) }
    }

    deinit { close(descriptor) }

    /// The size of a regular file in bytes; anything else is an error `notFound`.
    func byteCount(key: String) throws(StorageError) -> Int64 {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .current("fstat") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notFound(key: key) }
        return Int64(status.st_size)
    }

    /// Reads up to `count` bytes at an offset; returns none at the end of the file.
    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: count)
        var failed = false
        unsafe bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            while true {
                let got = unsafe pread(descriptor, space.baseAddress, count, off_t(offset))
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                return max(0, got)
            }
        }
        if failed { throw .current("pread") }
        return bytes
    }

    /// Writes all bytes at the file's position.
    func write(_ bytes: ByteBuffer) throws(StorageError) {
        var failed = false
        unsafe bytes.withUnsafeReadableBytes { source in
            var rest = unsafe source[...]
            while unsafe !rest.isEmpty {
                let wrote = unsafe Glibc.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if wrote < 0, errno == EINTR { continue }
                guard wrote >= 0 else {
                    failed = true
                    return
                }
                unsafe rest = unsafe rest.dropFirst(wrote)
            }
        }
        if failed { throw .current("write") }
    }

    /// Writes all bytes at an offset.
    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) {
        var failed = false
        unsafe bytes.withUnsafeReadableBytes { source in
            var done = 0
            while done < source.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: source[done...])
                let wrote = unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
                if wrote < 0, errno == EINTR { continue }
                guard wrote >= 0 else {
                    failed = true
                    return
                }
                done += wrote
            }
        }
        if failed { throw .current("pwrite") }
    }

    /// Allocates disk space for the file.
    /// - Parameter rest: Bytes of the disk that must stay free.
    func reserve(_ byteCount: Int64, leaving rest: Int64 = 0) throws(StorageError) {
        guard byteCount > 0 else { return }
        guard let free = DiskSpace.availableBytes(ofDescriptor: descriptor) else { throw .current("fstatvfs") }
        guard free == .max || free - rest >= byteCount else { throw .noSpace }
        var result = EINTR
        while result == EINTR { result = posix_fallocate(descriptor, 0, off_t(byteCount)) }
        switch result {
        case 0: return
        case ENOSPC, EDQUOT, EFBIG: throw .noSpace
        default: throw .io(errno: result, call: "posix_fallocate")
        }
    }

    /// Locks the file against other processes for as long as it is open.
    /// - Returns: `false` if another process has locked it.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Flushes the file to the disk.
    func synchronize() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .current("fsync") }
    }
}

extension StorageError {
    /// The error of the last system call, from `errno`.
    static func current(_ call: String, path: String = "", key: String? = nil) -> StorageError {
        switch errno {
        case ENOENT, ENOTDIR: .notFound(key: key ?? path)
        // Links and folders are not objects.
        case ELOOP, EISDIR: .notFound(key: key ?? path)
        case ENOSPC, EDQUOT: .noSpace
        case EROFS, EACCES, EPERM: .readOnly(path: path)
        case let number: .io(errno: number, call: call)
        }
    }
}
