import Catalog
import Ground
import Logging
import NIOCore
import NIOPosix

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

/// The folder that holds the bytes of open uploads, one file for each, named by the upload's id.
///
/// File calls block, so the folder runs them on threads of its own. While a request with a checksum is written, a marker
/// file beside the upload's file holds the length up to which the bytes are verified.
final class UploadFolder: Sendable {
    /// The folder's identity, created once and stored in it: it tells whether an upload's bytes can be here at all, where
    /// several processes have a folder each or share one.
    let identity: String

    private let path: String
    private let reservedByteCount: Int64
    private let threads: NIOThreadPool
    private let logger: Logger

    private static let markerSuffix = ".unverified"
    private static let threadCount = 8

    /// The folder at a path; created if it does not exist.
    /// - Parameters:
    ///   - reservedByteCount: Bytes of the disk that remain free.
    ///   - time: The time in a new identity, in milliseconds since 1970.
    /// - Throws: ``UploadError/system(call:code:)``.
    init(path: String, reservedByteCount: Int64 = 0, at time: Int64, logger: Logger) throws(UploadError) {
        self.path = path
        self.reservedByteCount = reservedByteCount
        self.logger = logger
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .systemFailure("mkdir") }
        identity = try Self.identity(of: path, at: time)
        threads = NIOThreadPool(numberOfThreads: Self.threadCount)
        threads.start()
    }

    /// Stops the folder's threads, once all requests have ended.
    func shutdown() async {
        do { try await threads.shutdownGracefully() } catch {
            logger.warning("the threads of uploads did not end", metadata: ["error": "\(error)"])
        }
    }

    /// Runs calls that block on the folder's threads.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.runIfActive(body)
    }

    /// The path of an upload's file.
    func path(of upload: String) -> String { "\(path)/\(upload)" }

    // MARK: - Files

    /// Creates an upload's empty file, durably.
    func create(_ upload: String) async throws -> UploadFile {
        try await run { [self] in
            let file = try UploadFile(path: path(of: upload), create: true)
            try synchronize()
            return file
        }
    }

    /// Opens an upload's file for its only writer, after cutting off bytes that were not verified.
    /// - Returns: The file and its length; `nil` if there is none.
    func open(_ upload: String) async throws -> (file: UploadFile, size: Int64)? {
        try await run { [self] in
            let file: UploadFile
            do { file = try UploadFile(path: path(of: upload), create: false) } catch UploadError.system(_, ENOENT) {
                return nil
            }
            if let verified = try verifiedLength(upload) {
                if try file.size() > verified { try file.truncate(to: verified) }
                try file.synchronize()
                try removeMarker(upload)
            }
            return (file, try file.size())
        }
    }

    /// Verified bytes of an upload's file; `nil` if there is none. Changes nothing.
    func size(_ upload: String) async throws -> Int64? {
        try await run { [self] in
            var facts = stat()
            guard unsafe stat(path(of: upload), &facts) == 0 else {
                guard errno == ENOENT else { throw UploadError.systemFailure("stat") }
                return nil
            }
            return min(Int64(facts.st_size), try verifiedLength(upload) ?? .max)
        }
    }

    /// When an upload's file last changed, in milliseconds since 1970; `nil` if there is none. Blocks.
    func lastChange(_ upload: String) -> Int64? {
        let date = try? FileManager.default.attributesOfItem(atPath: path(of: upload))[.modificationDate] as? Date
        return date.map { Int64($0.timeIntervalSince1970 * 1000) }
    }

    /// Removes the files and markers of uploads that no row needs. A failure is logged, and the next start removes them.
    func remove(_ uploads: [String]) async {
        guard !uploads.isEmpty else { return }
        do {
            try await run { [self] in
                for path in uploads.flatMap({ [path(of: $0), path(of: $0) + Self.markerSuffix] }) {
                    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw UploadError.systemFailure("unlink") }
                }
            }
        } catch {
            logger.warning("an upload's file was left behind", metadata: ["error": "\(error)"])
        }
    }

    /// The uploads that have a file.
    func list() async throws -> [String] {
        try await run { [self] in
            do {
                return try FileManager.default.contentsOfDirectory(atPath: path).filter {
                    !$0.hasSuffix(Self.markerSuffix) && !$0.hasPrefix(".")
                }
            } catch { throw UploadError.systemFailure("readdir") }
        }
    }

    // MARK: - Space

    /// Checks that `byteCount` more bytes leave the disk its reserve.
    /// - Throws: ``UploadError/noSpace``.
    func checkSpace(_ byteCount: Int64) async throws { try await run { [self] in try requireSpace(byteCount) } }

    /// Checks the same; for a caller that is on the folder's threads. Blocks.
    func requireSpace(_ byteCount: Int64) throws(UploadError) {
        guard let available = DiskSpace.availableBytes(at: path) else { throw .systemFailure("statvfs") }
        guard available - reservedByteCount >= byteCount else { throw .noSpace }
    }

    // MARK: - Markers of unverified bytes

    /// Creates an upload's marker, before unverified bytes are written behind `length`.
    func mark(_ upload: String, verifiedLength length: Int64) async throws {
        try await run { [self] in
            let marker = try UploadFile(path: path(of: upload) + Self.markerSuffix, create: true)
            try marker.write(.init(string: String(length)), at: 0)
            try marker.synchronize()
            try synchronize()
        }
    }

    /// Removes an upload's marker: all bytes of its file are verified. Blocks.
    func removeMarker(_ upload: String) throws(UploadError) {
        guard unsafe unlink(path(of: upload) + Self.markerSuffix) == 0 || errno == ENOENT else {
            throw .systemFailure("unlink")
        }
        try synchronize()
    }

    private func verifiedLength(_ upload: String) throws(UploadError) -> Int64? {
        let path = path(of: upload) + Self.markerSuffix
        guard unsafe access(path, F_OK) == 0 else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path) else { throw .systemFailure("read") }
        // The creation of a marker without a number was interrupted before any unverified byte was written.
        return TusProtocol.byteCount(String(decoding: bytes, as: UTF8.self)) ?? .max
    }

    /// Makes the folder's entries durable.
    private func synchronize() throws(UploadError) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .systemFailure("open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .systemFailure("fsync") }
    }

    // MARK: - Identity

    private static func identity(of path: String, at time: Int64) throws(UploadError) -> String {
        let identityPath = "\(path)/.identity"
        for _ in 0..<3 {
            if let bytes = FileManager.default.contents(atPath: identityPath), !bytes.isEmpty {
                return String(decoding: bytes, as: UTF8.self)
            }
            // Written to another file and linked, so that of two concurrent processes one wins with a whole file.
            let identity = Identifier.make(prefix: .upload, at: time)
            let temporary = "\(identityPath)-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
            let file = try UploadFile(path: temporary, create: true)
            try file.write(.init(string: identity), at: 0)
            try file.synchronize()
            let isLinked = unsafe link(temporary, identityPath) == 0 || errno == EEXIST
            _ = unsafe unlink(temporary)
            guard isLinked else { throw .systemFailure("link") }
        }
        throw .system(call: "read", code: EIO)
    }
}
