import Catalog
import Ground
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension UploadFolder {
    private var identityPath: String { "\(path)/.identity" }

    /// The folder's own name, made once and kept in it: it tells whether an upload's bytes can be here at all, where
    /// several processes have a folder each or share one.
    func identity(at time: Int64) throws(UploadError) -> String {
        for _ in 0..<3 {
            if let bytes = FileManager.default.contents(atPath: identityPath), !bytes.isEmpty {
                return String(decoding: bytes, as: UTF8.self)
            }
            // Written aside and linked, so that of two processes that begin at once one wins whole.
            let made = Identifier.make(prefix: .upload, at: time)
            let aside = "\(identityPath)-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
            let file = try UploadFile(path: aside, create: true)
            try file.write(.init(string: made), at: 0)
            try file.synchronize()
            let isLinked = unsafe link(aside, identityPath) == 0 || errno == EEXIST
            _ = unsafe unlink(aside)
            guard isLinked else { throw .systemFailure("link") }
        }
        throw .system(call: "read", code: EIO)
    }
}

/// Locks that hold across the processes that share an upload folder, a byte of one file each
/// (`F_OFD_SETLK`, fcntl(2)): the kernel gives them back when their process ends, however it ends.
///
/// Between the tasks of one process they say nothing; ``UploadLocks`` does that.
final class UploadRangeLocks: Sendable {
    private let descriptor: Int32
    /// `F_OFD_GETLK` and `F_OFD_SETLK` of Linux (fcntl.h), which glibc shows to C programs alone.
    private static let (get, set): (Int32, Int32) = (36, 37)

    init(folder: UploadFolder) throws(UploadError) {
        descriptor = unsafe open("\(folder.path)/.locks", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .systemFailure("open") }
    }

    deinit { close(descriptor) }

    /// Takes an upload's byte.
    /// - Returns: Whether no other process has it.
    func take(_ upload: String) throws(UploadError) -> Bool {
        var range = self.range(of: upload, F_WRLCK)
        guard unsafe fcntl(descriptor, Self.set, &range) == 0 else {
            guard errno == EAGAIN || errno == EACCES else { throw .systemFailure("fcntl") }
            return false
        }
        return true
    }

    /// Gives an upload's byte back.
    func giveBack(_ upload: String) {
        var range = self.range(of: upload, F_UNLCK)
        _ = unsafe fcntl(descriptor, Self.set, &range)
    }

    /// Whether another process has an upload's byte.
    func isTakenElsewhere(_ upload: String) -> Bool {
        var range = self.range(of: upload, F_WRLCK)
        return unsafe fcntl(descriptor, Self.get, &range) == 0 && range.l_type != Int16(F_UNLCK)
    }

    private func range(of upload: String, _ kind: Int32) -> flock {
        // FNV-1a; two of the few hundred open uploads at the same of 2^62 bytes will not happen.
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
