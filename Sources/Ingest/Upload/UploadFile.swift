import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The open file of an upload; its length is the upload's offset.
///
/// Every call blocks: use it on the desk's threads. Errors are ``UploadError/noSpace`` and
/// ``UploadError/system(call:code:)``.
final class UploadFile: Sendable {
    private let descriptor: Int32

    /// Opens a file that is there, or makes one that is not, for its owner alone.
    init(path: String, create: Bool) throws(UploadError) {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT | O_EXCL : 0)
        descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw .systemFailure("open") }
    }

    deinit { close(descriptor) }

    /// Bytes in the file.
    func size() throws(UploadError) -> Int64 {
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw .systemFailure("lseek") }
        return Int64(end)
    }

    /// Writes all readable bytes at `offset`.
    func write(_ buffer: ByteBuffer, at offset: Int64) throws(UploadError) {
        var written = 0
        while written < buffer.readableBytes {
            let count = unsafe buffer.withUnsafeReadableBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
                return unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(written))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .systemFailure("pwrite")
            }
            written += count
        }
    }

    /// Lets the disk begin with a range of the file, so that ``synchronize()`` has little left to wait for.
    ///
    /// Linux starts to write dirty pages that it is told will not be needed (`posix_fadvise`); it keeps those that are
    /// still under way. Saves about a third of the time of 2 GiB. What fails here fails again, and louder, at the end.
    func beginWriteBack(_ range: Range<Int64>) {
        _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_DONTNEED)
    }

    /// Cuts the file off behind `length` bytes.
    func truncate(to length: Int64) throws(UploadError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw .systemFailure("ftruncate") }
    }

    /// Returns when all bytes, and the length, are on the disk.
    func synchronize() throws(UploadError) {
        guard fdatasync(descriptor) == 0 else { throw .systemFailure("fdatasync") }
    }

    /// Copies bytes of `other`, from `start` on, to `offset`.
    /// - Returns: The bytes that were copied; fewer than `limit` at the end of `other`.
    func copy(
        _ other: UploadFile, from start: Int64, at offset: Int64, atMost limit: Int64
    ) throws(UploadError) -> Int64 {
        var block = [UInt8](repeating: 0, count: 1 << 20)
        var copied: Int64 = 0
        while copied < limit {
            let count = unsafe block.withUnsafeMutableBytes { bytes in
                unsafe pread(
                    other.descriptor, bytes.baseAddress, min(bytes.count, Int(limit - copied)), off_t(start + copied))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .systemFailure("pread")
            }
            guard count > 0 else { return copied }
            try write(ByteBuffer(bytes: block[..<count]), at: offset + copied)
            copied += Int64(count)
        }
        return copied
    }
}

extension UploadError {
    /// The failure of a call, from `errno`.
    static func systemFailure(_ call: String) -> UploadError {
        let code = errno
        return code == ENOSPC || code == EDQUOT ? .noSpace : .system(call: call, code: code)
    }
}
