internal import Redis

/// The scripts that Redis runs as one step. Keys: the room's hash, the list of its events.
enum RoomScript {
    /// Returns the version, the last sequence number, the state and the events; nil if the room does not exist.
    static let load = RedisScript(
        """
        local version = redis.call('HGET', KEYS[1], 'v')
        if not version then return false end
        local last = redis.call('HGET', KEYS[1], 'q')
        return {version, last, redis.call('HGET', KEYS[1], 's'), redis.call('LRANGE', KEYS[2], 0, -1)}
        """)

    /// Writes a change if the room has the expected version, and sends the notice.
    ///
    /// Arguments: the expected version (0: the room must not exist), the new version, the last sequence number, the state
    /// (empty: unchanged), the number of members, the phase, the video, the lifetime, the largest number of events, `1` if
    /// the events replace the stored ones, the notice, then the events.
    ///
    /// Returns 1 if it wrote, 0 if the version differs, -1 if the room does not exist.
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
