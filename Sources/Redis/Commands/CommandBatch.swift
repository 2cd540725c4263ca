import NIOCore

/// Commands that are written together, and the promise of their replies.
struct CommandBatch: Sendable {
    /// The encoded commands.
    let bytes: ByteBuffer
    /// The number of replies; 0 if they arrive as pushes.
    let replyCount: Int
    /// How long the last reply may take after the commands were written; `nil` for any time.
    let timeout: TimeAmount?
    /// Completed with the replies, or with the failure.
    let promise: ReplyPromise<[RedisValue]>

    init(_ commands: [[RedisArgument]], replyCount: Int? = nil, timeout: TimeAmount?) throws(RedisFailure) {
        var buffer = ByteBuffer()
        for command in commands { try CommandFormatter.append(command, to: &buffer) }
        bytes = buffer
        self.replyCount = replyCount ?? commands.count
        self.timeout = timeout
        promise = ReplyPromise()
    }

    /// Creates a batch of the same commands with a new promise, for another attempt.
    init(repeating other: CommandBatch) {
        bytes = other.bytes
        replyCount = other.replyCount
        timeout = other.timeout
        promise = ReplyPromise()
    }
}
