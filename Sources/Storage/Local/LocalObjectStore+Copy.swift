internal import Glibc
internal import NIOCore
internal import NIOPosix

extension LocalObjectStore {
    /// Gives the file a second name; copies it where the file system cannot do that.
    public func copy(_ key: String, to target: String) async throws {
        let (source, target, scratch) = (try path(key), try path(target), scratchPath())
        guard source != target else { return }
        try await threads.writing.runIfActive {
            // Objects never change, so two names may share one file.
            if unsafe link(source, scratch) == 0 {
                // Renaming onto another name of the same file does nothing and leaves this one behind.
                defer { _ = unsafe unlink(scratch) }
                _ = try Folder.move(scratch, to: target)
                return
            }
            switch errno {
            case ENOENT: throw StorageError.notFound(key: key)
            case EPERM, EMLINK, EXDEV, ENOTSUP: try Self.copyBytes(OpenFile(reading: source, key: key), scratch, target)
            default: throw StorageError.current("link", path: source)
            }
        }
    }

    /// Copies a file's bytes to a new file and gives it its name.
    static func copyBytes(_ original: OpenFile, _ scratch: String, _ target: String) throws {
        try withScratch(scratch) { copy in
            var offset: Int64 = 0
            while true {
                let chunk = try original.read(at: offset, count: 1 << 20)
                if chunk.readableBytes == 0 { break }
                try copy.write(chunk)
                offset += Int64(chunk.readableBytes)
            }
            try copy.synchronize()
            _ = try Folder.move(scratch, to: target)
        }
    }
}
