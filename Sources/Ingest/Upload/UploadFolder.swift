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

/// The folder in which open uploads lie, each in a file with its id as the name.
///
/// Every call blocks. Beside an upload's file a marker may lie while bytes arrive that still have to be compared with
/// their checksum: it holds the length up to which the file can be trusted.
struct UploadFolder: Sendable {
    /// The folder's path.
    let path: String

    private static let markerSuffix = ".unverified"

    /// Makes the folder if it is not there.
    func create() throws(UploadError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .systemFailure("mkdir") }
    }

    /// Where an upload's bytes lie.
    func path(of upload: String) -> String { "\(path)/\(upload)" }

    /// Makes an upload's empty file. It outlives a loss of power.
    func createFile(_ upload: String) throws(UploadError) -> UploadFile {
        let file = try UploadFile(path: path(of: upload), create: true)
        try synchronize()
        return file
    }

    /// Opens an upload's file for its only writer; `nil` if there is none.
    ///
    /// Bytes that were never verified are cut off first.
    func openFile(_ upload: String) throws(UploadError) -> UploadFile? {
        let file: UploadFile
        do { file = try UploadFile(path: path(of: upload), create: false) } catch {
            if case .system(_, ENOENT) = error { return nil }
            throw error
        }
        if let trusted = try trustedLength(upload) {
            if try file.size() > trusted { try file.truncate(to: trusted) }
            try file.synchronize()
            try clearMarker(upload)
        }
        return file
    }

    /// Bytes of an upload's file that count; `nil` if there is none. Changes nothing.
    func size(_ upload: String) throws(UploadError) -> Int64? {
        var facts = stat()
        guard unsafe stat(path(of: upload), &facts) == 0 else {
            guard errno == ENOENT else { throw .systemFailure("stat") }
            return nil
        }
        return min(Int64(facts.st_size), try trustedLength(upload) ?? .max)
    }

    /// When bytes last came, in milliseconds since 1970; `nil` if there is no file.
    func lastChange(_ upload: String) -> Int64? {
        let date = try? FileManager.default.attributesOfItem(atPath: path(of: upload))[.modificationDate] as? Date
        return date.map { Int64($0.timeIntervalSince1970 * 1000) }
    }

    /// Removes an upload's file and its marker, if they are there.
    func remove(_ upload: String) throws(UploadError) {
        for path in [path(of: upload), path(of: upload) + Self.markerSuffix] {
            guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .systemFailure("unlink") }
        }
    }

    /// The uploads that have a file.
    func list() throws(UploadError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).filter {
                !$0.hasSuffix(Self.markerSuffix) && !$0.hasPrefix(".")
            }
        } catch { throw .systemFailure("readdir") }
    }

    /// Bytes that an unprivileged user can still write on the folder's disk.
    func availableBytes() throws(UploadError) -> Int64 {
        guard let bytes = DiskSpace.availableBytes(at: path) else { throw .systemFailure("statvfs") }
        return bytes
    }

    // MARK: - Bytes that still have to be verified

    /// Notes, before unverified bytes are written, how far the file can be trusted.
    func setMarker(_ upload: String, trustedLength: Int64) throws(UploadError) {
        let marker = try UploadFile(path: path(of: upload) + Self.markerSuffix, create: true)
        try marker.write(.init(string: String(trustedLength)), at: 0)
        try marker.synchronize()
        try synchronize()
    }

    /// Says that all bytes of the file count.
    func clearMarker(_ upload: String) throws(UploadError) {
        guard unsafe unlink(path(of: upload) + Self.markerSuffix) == 0 || errno == ENOENT else {
            throw .systemFailure("unlink")
        }
        try synchronize()
    }

    private func trustedLength(_ upload: String) throws(UploadError) -> Int64? {
        let path = path(of: upload) + Self.markerSuffix
        guard unsafe access(path, F_OK) == 0 else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path) else { throw .systemFailure("read") }
        // A marker without its number was interrupted before any unverified byte was written.
        return TusProtocol.byteCount(String(decoding: bytes, as: UTF8.self)) ?? .max
    }

    /// Brings the folder's entries to the disk.
    private func synchronize() throws(UploadError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .systemFailure("open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .systemFailure("fsync") }
    }
}
