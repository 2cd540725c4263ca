internal import Redis

/// The steps of the queue that the server executes atomically.
///
/// The directory is a hash from a task to the number of its lane and the identifier of its entry: `2 1700000000000-0`.
enum QueueScript {
    /// Adds tasks to their streams. Keys: directory, then the streams by urgency. Arguments: task, lane number, task, lane number, …
    static let dispatch = RedisScript(
        """
        for i = 1, #ARGV, 2 do
            local task, lane = ARGV[i], tonumber(ARGV[i + 1])
            local wanted = true
            local present = redis.call('HGET', KEYS[1], task)
            if present then
                local there, entry = tonumber(string.sub(present, 1, 1)), string.sub(present, 3)
                if #redis.call('XRANGE', KEYS[there + 1], entry, entry) == 1 then
                    if lane < there then
                        redis.call('XDEL', KEYS[there + 1], entry)
                    else
                        wanted = false
                    end
                end
            end
            if wanted then
                local entry = redis.call('XADD', KEYS[lane + 1], '*', 'task', task)
                redis.call('HSET', KEYS[1], task, lane .. ' ' .. entry)
            end
        end
        return redis.status_reply('OK')
        """)

    /// Takes the most urgent entry. Keys: the streams to look at, most urgent first. Arguments: group, consumer. Returns
    /// the position of the stream, counted from 1, and the entry.
    static let take = RedisScript(
        """
        for i, key in ipairs(KEYS) do
            local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', 1, 'STREAMS', key, '>')
            if reply then return {i, reply[1][2][1]} end
        end
        return false
        """)

    /// Removes an entry. Keys: directory, stream. Arguments: group, entry, task, lane number, 1 to put it back.
    static let finish = RedisScript(
        """
        redis.call('XACK', KEYS[2], ARGV[1], ARGV[2])
        redis.call('XDEL', KEYS[2], ARGV[2])
        if redis.call('HGET', KEYS[1], ARGV[3]) ~= ARGV[4] .. ' ' .. ARGV[2] then
            return redis.status_reply('MOVED')
        end
        if ARGV[5] == '1' then
            local entry = redis.call('XADD', KEYS[2], '*', 'task', ARGV[3])
            redis.call('HSET', KEYS[1], ARGV[3], ARGV[4] .. ' ' .. entry)
        else
            redis.call('HDEL', KEYS[1], ARGV[3])
        end
        return redis.status_reply('OK')
        """)

    /// Removes a task from a stream. Keys: directory, stream. Arguments: group, task, lane number.
    static let remove = RedisScript(
        """
        local present = redis.call('HGET', KEYS[1], ARGV[2])
        if present and string.sub(present, 1, 1) == ARGV[3] then
            local entry = string.sub(present, 3)
            redis.call('XACK', KEYS[2], ARGV[1], entry)
            redis.call('XDEL', KEYS[2], entry)
            redis.call('HDEL', KEYS[1], ARGV[2])
        end
        return redis.status_reply('OK')
        """)

    /// Removes a consumer that has no open entries. Keys: the streams. Arguments: group, consumer.
    static let leave = RedisScript(
        """
        for _, key in ipairs(KEYS) do
            local open = redis.pcall('XPENDING', key, ARGV[1], '-', '+', 1, ARGV[2])
            if not open.err and #open == 0 then redis.call('XGROUP', 'DELCONSUMER', key, ARGV[1], ARGV[2]) end
        end
        return redis.status_reply('OK')
        """)
}
