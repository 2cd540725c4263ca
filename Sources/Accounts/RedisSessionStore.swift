internal import Foundation
public import Redis

/// Sessions in Redis: `sess:{digest}` holds JSON; `tries:{key}` how many attempts counted (`n`), how many are under way
/// (`f`) and when the next one beyond the limit may come (`g`, in milliseconds of Redis' clock); `known:{key}` that a client
/// is known. All keys expire.
public struct RedisSessionStore: SessionStore {
    private let client: RedisClient
    /// Seconds after which an attempt whose process died is no longer under way.
    private static let patience = 120
    /// Looks at all limits before it changes one. Arguments for each: the limit, the longest pause or 0.
    /// Answers 0, the seconds to wait, or −1 where those under way would reach the limit.
    private static let beginning = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local counts = {}
        for i, key in ipairs(KEYS) do
            local limit, pause = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
            local values = redis.call('HMGET', key, 'n', 'f', 'g')
            local count, under_way = tonumber(values[1] or 0), tonumber(values[2] or 0)
            local gate = tonumber(values[3] or 0)
            if pause == 0 then
                if count >= limit then return math.max(1, math.ceil(redis.call('PTTL', key) / 1000)) end
                if count + under_way >= limit then return -1 end
            elseif count + under_way >= limit and now < gate then
                return math.ceil((gate - now) / 1000)
            end
            counts[i] = {count, count + under_way >= limit}
        end
        for i, key in ipairs(KEYS) do
            local limit, pause = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
            redis.call('HINCRBY', key, 'f', 1)
            if redis.call('PTTL', key) < 0 then redis.call('EXPIRE', key, \(patience)) end
            if pause > 0 and counts[i][2] then
                local wait = math.min(pause, 2 ^ math.min(20, math.max(0, counts[i][1] - limit)))
                redis.call('HSET', key, 'g', string.format('%.0f', now + 1000 * wait))
            end
        end
        return 0
        """)
    /// Arguments for each key: the outcome, the seconds, and 1 where they begin anew.
    private static let ending = RedisScript(
        """
        for i, key in ipairs(KEYS) do
            local outcome, seconds = tonumber(ARGV[3 * i - 2]), ARGV[3 * i - 1]
            if redis.call('HINCRBY', key, 'f', -1) < 0 then redis.call('HSET', key, 'f', 0) end
            if outcome == 1 then
                local count = redis.call('HINCRBY', key, 'n', 1)
                if count == 1 or ARGV[3 * i] == '1' then redis.call('EXPIRE', key, seconds) end
            elseif outcome == 2 then
                redis.call('HDEL', key, 'n')
            end
            if redis.call('PTTL', key) < 0 then redis.call('EXPIRE', key, \(patience)) end
            local values = redis.call('HMGET', key, 'n', 'f', 'g')
            if not values[1] and values[2] == '0' and not values[3] then redis.call('DEL', key) end
        end
        return 0
        """)

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

    /// Lets an attempt through if all limits do.
    public func begin(_ limits: [AttemptLimit]) async throws -> AttemptAdmission {
        let arguments = limits.flatMap { [RedisArgument.integer($0.limit), .integer($0.longestPause ?? 0)] }
        let reply = try await answered {
            try await client.evaluate(Self.beginning, keys: limits.map { "tries:\($0.key)" }, arguments: arguments)
        }
        guard let seconds = reply.int else { throw AccountsError.sessionStoreUnavailable }
        return seconds == 0 ? .admitted : seconds < 0 ? .crowded : .refused(retryAfter: Int(clamping: seconds))
    }

    /// Ends an attempt.
    public func end(_ attempts: [(limit: AttemptLimit, outcome: AttemptOutcome)]) async throws {
        let arguments = attempts.flatMap { attempt in
            [
                RedisArgument.integer(attempt.outcome.rawValue), .integer(attempt.limit.seconds),
                .integer(attempt.limit.isRenewed ? 1 : 0),
            ]
        }
        try await answered {
            try await client.evaluate(
                Self.ending, keys: attempts.map { "tries:\($0.limit.key)" }, arguments: arguments)
        }
    }

    /// Keeps a key that ends by itself.
    public func setKnown(key: String, seconds: Int) async throws {
        try await answered { try await client.send(["SET", "known:\(key)", "1", "EX", .integer(seconds)]) }
    }

    /// Whether a key is there.
    public func isKnown(key: String) async throws -> Bool {
        try await answered { try await client.send(["EXISTS", "known:\(key)"]) }.int == 1
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
