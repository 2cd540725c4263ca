import NIOCore

/// Commands that go out together, and where their replies go.
struct CommandBatch: Sendable {
    /// The commands on the wire.
    let bytes: ByteBuffer
    /// How many replies belong to it; 0 where they arrive as pushes.
    let replyCount: Int
    /// How long after it was written the last reply may take; `nil` waits for ever.
    let timeout: TimeAmount?
    /// Receives the replies, or the failure.
    let answer: ReplyPromise<[RedisValue]>

    init(_ commands: [[RedisArgument]], replyCount: Int? = nil, timeout: TimeAmount?) throws(RedisFailure) {
        var buffer = ByteBuffer()
        for command in commands { try CommandFormatter.append(command, to: &buffer) }
        bytes = buffer
        self.replyCount = replyCount ?? commands.count
        self.timeout = timeout
        answer = ReplyPromise()
    }

    /// The same commands with a fresh answer, for another try.
    init(repeating other: CommandBatch) {
        bytes = other.bytes
        replyCount = other.replyCount
        timeout = other.timeout
        answer = ReplyPromise()
    }
}
