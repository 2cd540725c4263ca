import Glibc

/// Why there is no private server.
public enum PrivateRedisError: Error, Hashable, CustomStringConvertible {
    /// The program is not on this machine.
    case notInstalled
    /// Another process runs a server on this folder.
    case inUse(String)
    /// The folder cannot be made or written.
    case folderUnusable(String, errno: Int32)
    /// It ended, or did not answer within a minute.
    case didNotStart(logTail: String)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .notInstalled: "redis-server not found: install it (apt-get install redis-server) or set REDIS_URL"
        case .inUse(let folder): "\(folder) is in use by another videohost: stop that one or use another data folder"
        case .folderUnusable(let folder, let code): "cannot use \(folder): \(String(cString: strerror(code)))"
        case .didNotStart(let tail): "redis-server did not start: \(tail)"
        }
    }
}
