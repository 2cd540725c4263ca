import Glibc

/// Measures and removes folders that a child has written, whatever it has put there.
///
/// Every step goes through an open descriptor of the folder above, so that no path is ever built: a path longer than
/// `PATH_MAX`, and a name that is no UTF-8, hide nothing. No link is followed. All calls block.
public enum FolderTree {
    /// Levels of folders that a child needs: a track's folder in its own, with room to spare.
    private static let deepest = 8

    /// Bytes of all that is below a folder; each entry counts for at least 4 KiB.
    ///
    /// What disappears during the look is not counted; the folder itself may be gone.
    /// - Parameter limit: Counting ends once the sum is above it.
    /// - Returns: `nil` if something cannot be counted: a folder that does not open, or more than eight levels.
    static func byteCount(of path: String, upTo limit: UInt64) -> UInt64? {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { return errno == ENOENT ? 0 : nil }
        var sum: UInt64 = 0
        return add(folder, level: 1, upTo: limit, to: &sum) ? sum : nil
    }

    /// Removes a folder and all that is in it; one that is missing is no error.
    ///
    /// Folders of any depth are moved up before they are emptied, so neither descriptors nor memory grow with the depth, and
    /// each is opened once.
    /// - Throws: ``FolderTreeFailure`` if something stays.
    public static func remove(_ path: String) throws(FolderTreeFailure) {
        let top = openFolder(path, in: AT_FDCWD)
        guard top >= 0 else {
            if errno == ENOENT { return }
            // Neither a file nor a link in its place is left.
            guard errno == ENOTDIR || errno == ELOOP, unlink(path) == 0 else { throw .current("open") }
            return
        }
        defer { close(top) }
        var lifted = Lifted(top: top)
        // What a pass has moved up the next one empties; the last finds nothing.
        while try empty(top, &lifted) > 0 {}
        guard rmdir(path) == 0 || errno == ENOENT else { throw .current("rmdir") }
    }

    /// The folder that entries are moved to, under names that no other process uses.
    private struct Lifted {
        let top: Int32
        private let prefix = ".removed-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))-"
        private var count = 0

        init(top: Int32) { self.top = top }

        mutating func take(_ name: UnsafePointer<CChar>, from folder: Int32) throws(FolderTreeFailure) {
            count += 1
            guard renameat(folder, name, top, "\(prefix)\(count)") == 0 else { throw .current("renameat") }
        }
    }

    /// Removes the entries of the topmost folder, and moves the folders that lie in them up beside them.
    /// - Returns: How many entries there were.
    private static func empty(_ top: Int32, _ lifted: inout Lifted) throws(FolderTreeFailure) -> Int {
        try forEachEntry(of: top) { (name) throws(FolderTreeFailure) in
            if unlinkat(top, name, 0) == 0 || errno == ENOENT { return }
            guard errno == EISDIR || errno == EPERM else { throw .current("unlinkat") }
            let folder = openFolder(name, in: top)
            guard folder >= 0 else { throw .current("openat") }
            defer { close(folder) }
            // What is skipped over while the folder changes, another round finds.
            while try forEachEntry(
                of: folder,
                { (inner) throws(FolderTreeFailure) in
                    if unlinkat(folder, inner, 0) == 0 || errno == ENOENT { return }
                    guard errno == EISDIR || errno == EPERM else { throw .current("unlinkat") }
                    // A folder that its owner may not write to cannot be moved elsewhere.
                    _ = fchmodat(folder, inner, 0o700, AT_SYMLINK_NOFOLLOW)
                    try lifted.take(inner, from: folder)
                }) > 0
            {}
            guard unlinkat(top, name, AT_REMOVEDIR) == 0 || errno == ENOENT else { throw .current("unlinkat") }
        }
    }

    /// Opens a folder for reading, giving its owner the right to if that is what lacks.
    private static func openFolder(_ name: UnsafePointer<CChar>, in above: Int32) -> Int32 {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let folder = openat(above, name, flags)
        if folder >= 0 {
            // Reading it does not mean that its entries can be removed.
            fchmod(folder, 0o700)
            return folder
        }
        guard errno == EACCES, fchmodat(above, name, 0o700, AT_SYMLINK_NOFOLLOW) == 0 else { return folder }
        return openat(above, name, flags)
    }

    /// Adds a folder's entries to a sum, and closes it.
    /// - Returns: Whether all could be counted, as far as the limit.
    private static func add(_ folder: Int32, level: Int, upTo limit: UInt64, to sum: inout UInt64) -> Bool {
        guard let stream = fdopendir(folder) else {
            close(folder)
            return false
        }
        defer { closedir(stream) }
        while sum <= limit {
            errno = 0
            guard let entry = readdir(stream) else { return errno == 0 }
            let isCounted = withName(of: entry) { name in
                var facts = stat()
                guard fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { return errno == ENOENT }
                sum += max(UInt64(facts.st_blocks) * 512, 4096)
                guard facts.st_mode & S_IFMT == S_IFDIR else { return true }
                guard level < deepest else { return false }
                let below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                guard below >= 0 else { return errno == ENOENT }
                return add(below, level: level + 1, upTo: limit, to: &sum)
            }
            guard isCounted ?? true else { return false }
        }
        return true
    }

    /// Calls `body` with the name of each entry but the folder itself and the one above.
    /// - Returns: How many there were.
    private static func forEachEntry(
        of folder: Int32, _ body: (UnsafePointer<CChar>) throws(FolderTreeFailure) -> Void
    ) throws(FolderTreeFailure) -> Int {
        // A description of its own, since a stream takes the descriptor and its place over.
        let own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw .current("openat") }
        guard let stream = fdopendir(own) else {
            close(own)
            throw .current("fdopendir")
        }
        defer { closedir(stream) }
        var count = 0
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .current("readdir") }
                return count
            }
            let isOther = try withName(of: entry) { (name) throws(FolderTreeFailure) in
                try body(name)
                return true
            }
            if isOther == true { count += 1 }
        }
    }

    /// Hands on an entry's name as the bytes that it is; `nil` for `.` and `..`.
    private static func withName<Value, Failure: Error>(
        of entry: UnsafeMutablePointer<dirent>, _ body: (UnsafePointer<CChar>) throws(Failure) -> Value
    ) throws(Failure) -> Value? {
        let name = UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: CChar.self)
        guard strcmp(name, ".") != 0, strcmp(name, "..") != 0 else { return nil }
        return try body(name)
    }

    /// Where a name lies in `dirent` (readdir(3)): behind inode, offset, length and kind.
    private static let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
}

/// A folder that could not be removed.
public struct FolderTreeFailure: Error, CustomStringConvertible {
    /// The call that failed.
    public let call: String
    /// The system's error number.
    public let errno: Int32

    static func current(_ call: String) -> FolderTreeFailure { FolderTreeFailure(call: call, errno: Glibc.errno) }

    /// `cannot remove the folder: call: reason`.
    public var description: String { "cannot remove the folder: \(call): \(String(cString: strerror(errno)))" }
}
