internal import Redis

/// What the store does in one step on the server. Keys: the room's hash, the list of its events.
enum RoomScript {
    /// Gives version, number of the last event, state and events; nothing if the room is not known.
    static let load = RedisScript(
        """
        local version = redis.call('HGET', KEYS[1], 'v')
        if not version then return false end
        local last = redis.call('HGET', KEYS[1], 'q')
        return {version, last, redis.call('HGET', KEYS[1], 's'), redis.call('LRANGE', KEYS[2], 0, -1)}
        """)

    /// Arguments: the version that is expected (0: none), the new one, number of the last event, state
    /// (empty if it stays), members, phase, video, lifetime, most events, 1 if the events take the place of those that are there, notice, then the events. Gives 1 if it was written, 0 if the version is another, -1 if the room is not known.
    static let write = RedisScript(
        """
        local version = redis.call('HGET', KEYS[1], 'v')
        if ARGV[1] == '0' then
            if version then return 0 end
        elseif not version then
            return -1
        elseif version ~= ARGV[1] then
            return 0
        end
        redis.call('HSET', KEYS[1], 'v', ARGV[2], 'q', ARGV[3])
        if ARGV[4] ~= '' then
            redis.call('HSET', KEYS[1], 's', ARGV[4], 'n', ARGV[5], 'p', ARGV[6], 'm', ARGV[7])
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[8])
        if ARGV[10] == '1' then redis.call('DEL', KEYS[2]) end
        if #ARGV > 11 then
            for i = 12, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
            redis.call('LTRIM', KEYS[2], -tonumber(ARGV[9]), -1)
        end
        redis.call('PEXPIRE', KEYS[2], ARGV[8])
        redis.call('PUBLISH', KEYS[1], ARGV[11])
        return 1
        """)
}
