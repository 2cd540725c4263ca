import CHiredis

/// Decodes the bytes of a server into values with hiredis' reader. One connection owns it and uses it on its event loop.
struct ReplyReader: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>

    init() throws(RedisFailure) {
        guard let reader = redisReaderCreate() else { throw RedisFailure(.unavailable, "no memory for a reply reader") }
        self.reader = reader
    }

    deinit { redisReaderFree(reader) }

    /// Adds bytes that arrived; they are copied.
    /// - Throws: ``RedisFailure`` with `.protocolViolation`.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisFailure) {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard redisReaderFeed(reader, start, bytes.count) == REDIS_OK else { throw violation() }
    }

    /// Returns the next complete value; `nil` until more bytes arrive.
    /// - Throws: ``RedisFailure`` with `.protocolViolation`.
    mutating func next() throws(RedisFailure) -> RedisValue? {
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw violation() }
        guard let reply else { return nil }
        defer { freeReplyObject(reply) }
        return ReplyReader.value(reply.assumingMemoryBound(to: redisReply.self))
    }

    private func violation() -> RedisFailure {
        let words = withUnsafeBytes(of: reader.pointee.errstr) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisFailure(.protocolViolation, "not a reply: \(words)")
    }

    private static func value(_ reply: UnsafeMutablePointer<redisReply>) -> RedisValue {
        let body = reply.pointee
        switch body.type {
        case REDIS_REPLY_INTEGER: return .integer(body.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS:
            return .string(Array(UnsafeRawBufferPointer(start: body.str, count: body.len)))
        case REDIS_REPLY_ERROR:
            return .error(String(decoding: UnsafeRawBufferPointer(start: body.str, count: body.len), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            let elements = UnsafeBufferPointer(start: body.element, count: body.elements)
            return .array(elements.map { element in element.map(value) ?? .null })
        default: return .null
        }
    }
}
