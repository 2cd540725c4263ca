internal import Glibc

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Blocking operations on folders and file names; each throws ``StorageError``.
enum Folder {
    /// Creates a folder and its missing parents durably, with mode 0700.
    static func make(_ path: String) throws(StorageError) {
        if unsafe mkdir(path, 0o700) == 0 {
            try OpenFile(folder: parent(of: path)).synchronize()
            return
        }
        switch errno {
        case EEXIST: return
        case ENOENT:
            let above = parent(of: path)
            guard above != path else { throw StorageError.current("mkdir", path: path) }
            try make(above)
            // Another process may have created it meanwhile.
            guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw StorageError.current("mkdir", path: path)
            }
            try OpenFile(folder: above).synchronize()
        default: throw StorageError.current("mkdir", path: path)
        }
    }

    /// Renames a file durably and creates the target's folder.
    static func move(_ source: String, to target: String) throws(StorageError) -> Moved {
        let folder = parent(of: target)
        // Another call may remove the empty folder between the two steps.
        for attempt in 0..<8 {
            try make(folder)
            if unsafe rename(source, target) == 0 {
                try OpenFile(folder: folder).synchronize()
                return .moved
            }
            if errno == EXDEV { return .otherFileSystem }
            if errno == ENOENT, attempt < 7, unsafe access(source, F_OK) == 0 { continue }
            throw StorageError.current("rename", path: source)
        }
        return .moved
    }

    /// Whether a file was renamed.
    enum Moved {
        case moved
        case otherFileSystem
    }

    /// Removes a file; does nothing if it is missing.
    static func removeFile(_ path: String) throws(StorageError) {
        if unsafe unlink(path) == 0 { return }
        switch errno {
        case ENOENT, ENOTDIR, EISDIR: return
        default: throw StorageError.current("unlink", path: path)
        }
    }

    /// Removes empty folders from `path` upwards, below `root`.
    static func removeEmpty(_ path: String, upTo root: String) {
        var path = path
        while path.utf8.count > root.utf8.count, path.hasPrefix(root), unsafe rmdir(path) == 0 {
            path = parent(of: path)
        }
    }

    /// The names in a folder, without hidden ones; empty if the folder does not exist.
    static func names(in path: String) throws(StorageError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return []
        } catch {
            throw unsafe access(path, F_OK) == 0 ? .io(errno: EIO, call: "readdir") : .notFound(key: path)
        }
        return names.filter { !$0.hasPrefix(".") }
    }

    /// The kind of the entry at a path.
    static func entry(_ path: String) -> Entry {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file(Int64(status.st_size))
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// A file with its size in bytes, a folder, or anything else.
    enum Entry {
        case file(Int64)
        case folder
        case other
    }

    /// Removes a folder with its contents.
    static func removeTree(_ path: String) throws(StorageError) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch let error as CocoaError where error.code == .fileNoSuchFile {
            return
        } catch {
            throw .io(errno: EIO, call: "remove")
        }
    }

    /// The folder of a path.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
