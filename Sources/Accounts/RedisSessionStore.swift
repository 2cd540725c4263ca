internal import Foundation
public import Redis

/// Sessions in Redis: `sess:{digest}` holds JSON; `tries:{key}` how many attempts counted (`n`) and when the next one beyond
/// the limit may come (`g`, in milliseconds of Redis' clock); `trying:{key}` those that are under way, sorted by when they
/// are forgotten; `asker:{key}` that one of an asker's attempts counted (`n`), when their next one may come (`g`) and how
/// often they came earlier (`e`); `sessions:{user}` the digests of an account's sessions, sorted by when they end;
/// `known:{key}` that a client is known. All keys expire.
public struct RedisSessionStore: SessionStore {
    private let client: RedisClient
    /// Seconds after which an attempt whose process ended is no longer under way.
    private static let patience = 120
    /// Checks all limits before it changes one. Keys for each: those that counted, those under way, the asker. Arguments
    /// for each: the limit, the longest pause or 0, the seconds, and 1 if askers are told apart.
    /// Answers 0, the seconds to wait, or −1 where those under way would reach the limit.
    private static let beginning = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local function wait_until(moment) return math.max(1, math.ceil((moment - now) / 1000)) end
        local ways, counts = {}, {}
        for i = 1, #KEYS / 3 do
            local key, trying, asker = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
            local limit, pause = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
            local seconds, asks = ARGV[4 * i - 1], ARGV[4 * i] == '1'
            local values = redis.call('HMGET', key, 'n', 'g')
            local count, gate = tonumber(values[1] or 0), tonumber(values[2] or 0)
            redis.call('ZREMRANGEBYSCORE', trying, '-inf', now)
            counts[i] = count
            if count + redis.call('ZCARD', trying) < limit then
                ways[i] = 'open'
            elseif pause == 0 then
                if count >= limit then return math.max(1, math.ceil(redis.call('PTTL', key) / 1000)) end
                return -1
            elseif asks and redis.call('EXISTS', asker) == 0 then
                ways[i] = 'first'
            else
                local own = asks and tonumber(redis.call('HGET', asker, 'g')) or 0
                if asks and now < own then
                    local early = redis.call('HINCRBY', asker, 'e', 1)
                    own = math.max(own, now + 1000 * math.min(pause, 2 ^ math.min(20, early)))
                    redis.call('HSET', asker, 'g', string.format('%.0f', own))
                    redis.call('EXPIRE', asker, seconds)
                    return wait_until(own)
                end
                if count < limit then return -1 end
                if now < gate then
                    if asks then
                        redis.call('HSET', asker, 'g', string.format('%.0f', gate))
                        redis.call('EXPIRE', asker, seconds)
                    end
                    return wait_until(gate)
                end
                ways[i] = 'gate'
            end
        end
        for i = 1, #KEYS / 3 do
            local key, trying, asker = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
            local limit, pause = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
            local seconds, asks = ARGV[4 * i - 1], ARGV[4 * i] == '1'
            local forgotten = now + 1000 * \(patience)
            local name = forgotten
            while redis.call('ZADD', trying, 'NX', forgotten, string.format('%.0f', name)) == 0 do name = name + 1 end
            redis.call('EXPIRE', trying, \(patience))
            if ways[i] ~= 'open' then
                local wait = math.min(pause, 2 ^ math.min(20, math.max(0, counts[i] - limit)))
                local gate = string.format('%.0f', now + 1000 * wait)
                if ways[i] == 'gate' then
                    redis.call('HSET', key, 'g', gate)
                    if redis.call('PTTL', key) < 0 then redis.call('EXPIRE', key, \(patience)) end
                end
                if asks then
                    redis.call('HSET', asker, 'g', gate, 'e', 0)
                    redis.call('EXPIRE', asker, seconds)
                end
            end
        end
        return 0
        """)
    /// Keys as before. Arguments for each limit: the outcome, the seconds, 1 where they begin anew, and 1 if askers are told
    /// apart.
    ///
    /// Of those under way the newest is taken out, whichever has ended: one whose process ended grows older and expires.
    /// An asker's first attempt that did not count leaves them their first.
    private static let ending = RedisScript(
        """
        for i = 1, #KEYS / 3 do
            local key, asker = KEYS[3 * i - 2], KEYS[3 * i]
            local outcome, seconds = tonumber(ARGV[4 * i - 3]), ARGV[4 * i - 2]
            redis.call('ZPOPMAX', KEYS[3 * i - 1])
            if outcome == 1 then
                local count = redis.call('HINCRBY', key, 'n', 1)
                if count == 1 or ARGV[4 * i - 1] == '1' then redis.call('EXPIRE', key, seconds) end
                if ARGV[4 * i] == '1' then
                    redis.call('HSET', asker, 'n', 1)
                    redis.call('EXPIRE', asker, seconds)
                end
            else
                if outcome == 2 then redis.call('HDEL', key, 'n', 'g') end
                if ARGV[4 * i] == '1' and redis.call('HEXISTS', asker, 'n') == 0 then redis.call('DEL', asker) end
            end
        end
        return 0
        """)
    /// Keys: the session, those of its account by when they end. Arguments: its JSON, its seconds, its digest, how many the
    /// account may have.
    private static let saving = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
        redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
        redis.call('ZADD', KEYS[2], string.format('%.0f', now + 1000000 * ARGV[2]), ARGV[3])
        redis.call('EXPIRE', KEYS[2], ARGV[2])
        while redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[4]) do
            redis.call('DEL', 'sess:' .. redis.call('ZPOPMIN', KEYS[2])[1])
        end
        return 0
        """)

    /// A store that uses a client, which it may share.
    public init(_ client: RedisClient) {
        self.client = client
    }

    /// Stores a session, and of its account the newest ``Session/mostOfAccount``.
    public func save(_ session: Session, digest: String, seconds: Int) async throws {
        let json = Array(try JSONEncoder().encode(session))
        try await answered {
            try await client.evaluate(
                Self.saving, keys: ["sess:\(digest)", "sessions:\(session.userID)"],
                arguments: [.bytes(json), .integer(seconds), .text(digest), .integer(Session.mostOfAccount)])
        }
    }

    /// Looks a session up; a value that cannot be read counts as none.
    public func find(digest: String) async throws -> Session? {
        let reply = try await answered { try await client.send(["GET", "sess:\(digest)"]) }
        guard let bytes = reply.bytes else { return nil }
        return try? JSONDecoder().decode(Session.self, from: Data(bytes))
    }

    /// Removes a session.
    public func remove(digest: String) async throws {
        guard let session = try await find(digest: digest) else { return }
        try await answered {
            try await client.send(["DEL", "sess:\(digest)"])
            try await client.send(["ZREM", "sessions:\(session.userID)", .text(digest)])
        }
    }

    /// Admits an attempt if all limits allow it.
    public func begin(_ limits: [AttemptLimit]) async throws -> AttemptAdmission {
        let arguments = limits.flatMap {
            [
                RedisArgument.integer($0.limit), .integer($0.longestPause ?? 0), .integer($0.seconds),
                .integer($0.asker == nil ? 0 : 1),
            ]
        }
        let reply = try await answered {
            try await client.evaluate(Self.beginning, keys: limits.flatMap(Self.keys), arguments: arguments)
        }
        guard let seconds = reply.int else { throw AccountsError.sessionStoreUnavailable }
        return seconds == 0 ? .admitted : seconds < 0 ? .crowded : .refused(retryAfter: Int(clamping: seconds))
    }

    /// Ends an attempt.
    public func end(_ attempts: [(limit: AttemptLimit, outcome: AttemptOutcome)]) async throws {
        let arguments = attempts.flatMap { attempt in
            [
                RedisArgument.integer(attempt.outcome.rawValue), .integer(attempt.limit.seconds),
                .integer(attempt.limit.isRenewed ? 1 : 0), .integer(attempt.limit.asker == nil ? 0 : 1),
            ]
        }
        try await answered {
            try await client.evaluate(
                Self.ending, keys: attempts.flatMap { Self.keys($0.limit) }, arguments: arguments)
        }
    }

    private static func keys(_ limit: AttemptLimit) -> [String] {
        ["tries:\(limit.key)", "trying:\(limit.key)", "asker:\(limit.asker ?? limit.key)"]
    }

    /// Stores a key that expires.
    public func setKnown(key: String, seconds: Int) async throws {
        try await answered { try await client.send(["SET", "known:\(key)", "1", "EX", .integer(seconds)]) }
    }

    /// Whether a key exists.
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
