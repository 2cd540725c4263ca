internal import Foundation
public import Redis

/// Sessions in Redis: `sess:{digest}` holds JSON, `fail:{key}` a number; both end by themselves.
public struct RedisSessionStore: SessionStore {
    private let client: RedisClient
    /// One step, so that a count without an end cannot be left behind by a cut connection.
    private let counting = RedisScript(
        "redis.call('INCR', KEYS[1]) return redis.call('EXPIRE', KEYS[1], ARGV[1])")

    /// A store over a client that others may use as well.
    public init(_ client: RedisClient) {
        self.client = client
    }

    /// Keeps a session.
    public func save(_ session: Session, digest: String, seconds: Int) async throws {
        let json = Array(try JSONEncoder().encode(session))
        try await answered {
            try await client.send(["SET", "sess:\(digest)", .bytes(json), "EX", .integer(seconds)])
        }
    }

    /// Looks a session up; a value that cannot be read counts as none.
    public func find(digest: String) async throws -> Session? {
        let reply = try await answered { try await client.send(["GET", "sess:\(digest)"]) }
        guard let bytes = reply.bytes else { return nil }
        return try? JSONDecoder().decode(Session.self, from: Data(bytes))
    }

    /// Forgets a session.
    public func remove(digest: String) async throws {
        try await answered { try await client.send(["DEL", "sess:\(digest)"]) }
    }

    /// Reads a count and its time left.
    public func failures(key: String) async throws -> (count: Int, secondsLeft: Int) {
        let replies = try await answered {
            try await client.pipeline([["GET", "fail:\(key)"], ["TTL", "fail:\(key)"]])
        }
        guard replies.count == 2, let count = replies[0].int else { return (0, 0) }
        return (Int(clamping: count), Int(clamping: replies[1].int ?? 0))
    }

    /// Counts and sets the end anew.
    public func countFailure(key: String, seconds: Int) async throws {
        try await answered {
            try await client.evaluate(counting, keys: ["fail:\(key)"], arguments: [.integer(seconds)])
        }
    }

    /// Forgets a count.
    public func forgetFailures(key: String) async throws {
        try await answered { try await client.send(["DEL", "fail:\(key)"]) }
    }

    @discardableResult
    private func answered<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch is RedisFailure {
            throw AccountsError.sessionStoreUnavailable
        }
    }
}
