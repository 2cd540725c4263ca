import NIOCore

/// Matches replies to commands in the order they were written.
///
/// Lives on one channel's event loop. What arrives while no command waits is a push and goes to `push`.
final class CommandHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = CommandBatch
    typealias OutboundOut = ByteBuffer

    private struct Pending {
        let batch: CommandBatch
        let deadline: NIODeadline?
        var replies: [RedisValue] = []
    }

    private var reader: ReplyReader
    private let push: (@Sendable (RedisValue) -> Void)?
    private var pending = CircularBuffer<Pending>()
    /// How many at the end of `pending` have not been handed to the socket.
    private var unflushed = 0
    private var flushIsDue = false
    private var timer: (due: NIODeadline, task: Scheduled<Void>)?
    private var failure: RedisFailure?

    init(push: (@Sendable (RedisValue) -> Void)?) throws(RedisFailure) {
        reader = try ReplyReader()
        self.push = push
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let batch = unwrapOutboundIn(data)
        // From here on the batch has its own answer; the write itself cannot fail twice.
        promise?.succeed()
        if let failure {
            batch.answer.complete(.failure(RedisFailure(.disconnected(mayHaveRun: false), failure.message)))
            return
        }
        if batch.replyCount > 0 {
            pending.append(Pending(batch: batch, deadline: batch.timeout.map { .now() + $0 }))
        } else {
            batch.answer.complete(.success([]))
        }
        unflushed += batch.replyCount > 0 ? 1 : 0
        context.write(wrapOutboundOut(batch.bytes), promise: nil)
        // Commands of many callers share a system call: the flush waits until this turn of the loop is over.
        if !flushIsDue {
            flushIsDue = true
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.execute {
                let (handler, context) = bound.value
                handler.flushIsDue = false
                handler.unflushed = 0
                context.flush()
            }
        }
        armTimer(context)
    }

    func flush(context: ChannelHandlerContext) {}

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        do throws(RedisFailure) {
            var result: Result<Void, RedisFailure> = .success(())
            buffer.withUnsafeReadableBytes { bytes in
                do throws(RedisFailure) { try reader.feed(bytes) } catch { result = .failure(error) }
            }
            try result.get()
            while let value = try reader.next() { try take(value) }
        } catch {
            end(context, error)
        }
    }

    private func take(_ value: RedisValue) throws(RedisFailure) {
        guard !pending.isEmpty else {
            guard let push else { throw RedisFailure(.protocolViolation, "a reply without a command") }
            push(value)
            return
        }
        pending[pending.startIndex].replies.append(value)
        if let first = pending.first, first.replies.count == first.batch.replyCount {
            pending.removeFirst()
            first.batch.answer.complete(.success(first.replies))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, RedisFailure(.disconnected(mayHaveRun: true), "the connection was closed"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, RedisFailure(.disconnected(mayHaveRun: true), "the connection broke: \(error)"))
    }

    private func end(_ context: ChannelHandlerContext, _ reason: RedisFailure) {
        guard failure == nil else { return }
        failure = reason
        timer?.task.cancel()
        timer = nil
        let waiting = pending
        pending.removeAll()
        for (index, entry) in waiting.enumerated() {
            let sent = index < waiting.count - unflushed
            // Only the command whose own time was over hears of a time-out; the others lost their connection.
            let failure =
                switch reason.code {
                case .disconnected: RedisFailure(.disconnected(mayHaveRun: sent), reason.message)
                default: index == 0 ? reason : RedisFailure(.disconnected(mayHaveRun: sent), reason.message)
                }
            entry.batch.answer.complete(.failure(failure))
        }
        context.close(promise: nil)
    }

    /// One timer a connection: the first command in line has waited longest.
    private func armTimer(_ context: ChannelHandlerContext) {
        guard let deadline = pending.first?.deadline else { return }
        if let timer, timer.due <= deadline { return }
        timer?.task.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timer = nil
            guard let first = handler.pending.first?.deadline else { return }
            if first <= .now() {
                handler.end(context, RedisFailure(.timeout, "no reply in time"))
            } else {
                handler.armTimer(context)
            }
        }
        timer = (deadline, task)
    }
}
