import Foundation

/// The data folder with database, Redis' data, uploads, media and scratch files.
struct DataFolder {
    /// Absolute path.
    let path: String
    /// The paths to which other users had access before this process removed it.
    private(set) var tightened: [String] = []

    /// Creates the folder if it is missing, checks that it is writable, and removes all access of other users to it and its
    /// contents.
    /// - Throws: ``StartupFailure``, also if it belongs to another user.
    init(creating given: String) throws {
        path = Self.absolute(given)
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StartupFailure(
                "cannot create the data folder \(path): \(Self.reason(error)); choose another with --data", exitCode: 73
            )
        }
        try checkWritable()
        try checkOwner()
        for part in [path, uploads, redis, media, scratch, database, database + "-wal", database + "-shm"]
        where try Self.tighten(part) {
            tightened.append(part)
        }
    }

    /// Removes all access of other users to a folder or file, if it exists.
    /// - Returns: Whether others had access.
    /// - Throws: ``StartupFailure`` if it belongs to another user.
    static func tighten(_ path: String) throws -> Bool {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, facts.st_mode & 0o077 != 0 else { return false }
        guard unsafe chmod(path, facts.st_mode & 0o700) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            let mode = String(facts.st_mode & 0o777, radix: 8)
            let isFolder = facts.st_mode & S_IFMT == S_IFDIR
            throw StartupFailure(
                "other users have access to \(path) (mode 0\(mode)), and it cannot be removed: \(reason); "
                    + "chown it to this user and chmod \(isFolder ? "700" : "600") it", exitCode: 77)
        }
        return true
    }

    /// The existing folder of a server.
    /// - Throws: ``StartupFailure`` if it has no data.
    init(existing given: String) throws {
        path = Self.absolute(given)
        guard FileManager.default.fileExists(atPath: path + "/videohost.db") else {
            throw StartupFailure(
                "there is no videohost data in \(path): name the server's folder with --data", exitCode: 66)
        }
    }

    /// A folder by its name, without access to the disk.
    init(unchecked given: String) { path = Self.absolute(given) }

    /// The SQLite database.
    var database: String { path + "/videohost.db" }
    /// The folder of the private Redis server.
    var redis: String { path + "/redis" }
    /// The socket of the private Redis server.
    var redisSocket: String { redis + "/redis.sock" }
    /// The folder of open uploads.
    var uploads: String { path + "/uploads" }
    /// The folder of objects.
    var media: String { path + "/media" }
    /// The parent of scratch folders.
    var scratch: String { path + "/scratch" }

    private func checkWritable() throws {
        let probe = path + "/.writable-\(getpid())"
        do {
            try Data().write(to: URL(fileURLWithPath: probe))
            try FileManager.default.removeItem(atPath: probe)
        } catch {
            throw StartupFailure(
                "the data folder \(path) cannot be written to: \(Self.reason(error)); give this user write access, or "
                    + "choose another with --data", exitCode: 73)
        }
    }

    /// Checks the owner: root could use the folder of another user, and would create files that the owner cannot use.
    private func checkOwner() throws {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, facts.st_uid != geteuid() else { return }
        throw StartupFailure(
            "the data folder \(path) belongs to another user (uid \(facts.st_uid), and this one is \(geteuid())): run as "
                + "its owner, chown it with its contents, or choose another with --data", exitCode: 77)
    }

    private static func absolute(_ path: String) -> String {
        let expanded = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return URL(fileURLWithPath: expanded).standardizedFileURL.path
    }

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let code = underlying?.code, underlying?.domain == NSPOSIXErrorDomain {
            return unsafe String(cString: strerror(Int32(code)))
        }
        return error.localizedDescription
    }
}

/// This program's path, for starting children.
enum OwnExecutable {
    static var path: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
