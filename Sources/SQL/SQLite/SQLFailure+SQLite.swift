internal import GRDB
internal import Ground

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension SQLFailure {
    /// The failure for an error of SQLite; returns any other error unchanged.
    static func wrapping(_ error: any Error, path: String) -> any Error {
        error is DatabaseError ? SQLFailure(sqlite: error, path: path) : error
    }

    /// The failure for an error of SQLite, with a message for the operator.
    init(sqlite error: any Error, path: String, sql: String? = nil) {
        guard let error = error as? DatabaseError else {
            self.init(.other, "The database \(path) failed: \(error)", sql: sql)
            return
        }
        let reason = error.message ?? "SQLite code \(error.resultCode.rawValue)"
        let statement = sql ?? error.sql
        switch error.resultCode {
        case .SQLITE_CONSTRAINT:
            self.init(.constraint(Constraint(error.extendedResultCode)), "\(reason).", sql: statement)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .busy, "The database \(path) is locked by another process: end that process, or try again.",
                sql: statement)
        case .SQLITE_FULL:
            self = .full(path, sql: statement)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self = .readOnly(path, sql: statement)
        case .SQLITE_CANTOPEN:
            self =
                Self.folderIsWritable(path) ? .unopened(path, reason, sql: statement) : .readOnly(path, sql: statement)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .corrupt,
                """
                The database \(path) is damaged or is not a database (\(reason)). Stop the program, keep a copy of \
                the file, then restore a backup or rescue it with: sqlite3 \(path) .recover
                """, sql: statement)
        case .SQLITE_IOERR:
            // On a full disk SQLite may fail to map its index and report an I/O error.
            self =
                diskIsFull(path)
                ? .full(path, sql: statement)
                : SQLFailure(.io, "The disk under the database \(path) failed (\(reason)).", sql: statement)
        case .SQLITE_ERROR where reason.hasPrefix("no such table"):
            self.init(.tableMissing, "\(reason).", sql: statement)
        case .SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_RANGE:
            self.init(.misuse, "A statement is wrong: \(reason).", sql: statement)
        case .SQLITE_MISMATCH:
            self.init(.typeMismatch, "\(reason).", sql: statement)
        default:
            self.init(.other, "The database \(path) failed: \(reason).", sql: statement)
        }
    }

    /// The failure for an `errno` of creating the file.
    init(openError number: Int32, path: String) {
        switch number {
        case EACCES, EPERM, EROFS: self = .readOnly(path, sql: nil)
        case ENOSPC, EDQUOT: self = .full(path, sql: nil)
        case ENOENT, ENOTDIR:
            self.init(.notFound, "The folder of the database \(path) does not exist: make it, or choose another one.")
        default: self = .unopened(path, String(cString: strerror(number)), sql: nil)
        }
    }

    private static func full(_ path: String, sql: String?) -> SQLFailure {
        SQLFailure(
            .full, "The disk of the database \(path) is full: free some space on it, then try again.", sql: sql)
    }

    static func readOnly(_ path: String, sql: String?) -> SQLFailure {
        SQLFailure(
            .readOnly,
            """
            The database \(path) cannot be written: give the user that runs this program write access to the folder \
            \(folder(of: path)) and the files in it, or choose another folder.
            """, sql: sql)
    }

    static func folderIsWritable(_ path: String) -> Bool {
        access(folder(of: path), W_OK) == 0
    }

    private static func unopened(_ path: String, _ reason: String, sql: String?) -> SQLFailure {
        SQLFailure(.io, "The database \(path) cannot be opened (\(reason)): check the file and its folder.", sql: sql)
    }
}

extension SQLFailure.Constraint {
    fileprivate init(_ code: ResultCode) {
        switch code {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID: self = .unique
        case .SQLITE_CONSTRAINT_FOREIGNKEY: self = .foreignKey
        case .SQLITE_CONSTRAINT_NOTNULL: self = .notNull
        default: self = .check
        }
    }
}

private func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Whether fewer than 64 KiB are free, the minimum for SQLite's index of the log.
private func diskIsFull(_ path: String) -> Bool {
    (DiskSpace.availableBytes(at: folder(of: path)) ?? .max) < 65_536
}
