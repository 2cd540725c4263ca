import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The open file of an upload; its length is the upload's offset.
///
/// Every call blocks: callers use the threads of ``UploadFolder``. Errors are ``UploadError/noSpace`` and
/// ``UploadError/system(call:code:)``.
final class UploadFile: Sendable {
    private let descriptor: Int32

    /// Opens an existing file, or creates a new one that only its owner may read.
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

    /// Where the bytes end that ``HeadProbe`` needs; `nil` if the file's first bytes are those of no container that can be read.
    var headEnd: Int64? { HeadProbe.end(of: SourceBytes(descriptor: descriptor)) }

    /// Asks the kernel to begin writing a range of the file to the disk, so that ``synchronize()`` has little left to write.
    ///
    /// Linux starts to write dirty pages that are declared not to be needed (`posix_fadvise`). This saves about a third of the
    /// time of a file of 2 GiB. Errors are ignored here: ``synchronize()`` reports them.
    func beginWriteBack(_ range: Range<Int64>) {
        _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_DONTNEED)
    }

    /// Shortens the file to `length` bytes.
    func truncate(to length: Int64) throws(UploadError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw .systemFailure("ftruncate") }
    }

    /// Makes all bytes and the length durable.
    func synchronize() throws(UploadError) {
        guard fdatasync(descriptor) == 0 else { throw .systemFailure("fdatasync") }
    }

    /// Copies bytes of `other`, from `start` on, to `offset`.
    /// - Returns: The number of bytes copied; fewer than `limit` at the end of `other`.
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
    /// The failure of a system call, from `errno`.
    static func systemFailure(_ call: String) -> UploadError {
        let code = errno
        return code == ENOSPC || code == EDQUOT ? .noSpace : .system(call: call, code: code)
    }
}
