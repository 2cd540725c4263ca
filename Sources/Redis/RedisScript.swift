import Synchronization

/// A Lua script that the server runs as one step. One value a script for the life of the program.
public final class RedisScript: Sendable {
    /// The script's text.
    public let source: String
    private let known = Mutex<String?>(nil)

    /// A script.
    public init(_ source: String) { self.source = source }

    /// What the server calls it, once it has been sent.
    var digest: String? { known.withLock { $0 } }

    func remember(_ digest: String) { known.withLock { $0 = digest } }
}
