import NIOCore

/// Matches replies to commands in the order they were written.
///
/// Lives on one channel's event loop. What arrives while no command waits is a push and goes to `push`.
final class CommandHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = CommandBatch
    typealias OutboundOut = ByteBuffer

    /// When a silent server is asked for a sign of life.
    struct Ping {
        /// How long it may be silent.
        let interval: TimeAmount
        /// How long the sign may take.
        let timeout: TimeAmount
    }

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
    private let ping: Ping?
    private var pingTask: Scheduled<Void>?
    private var lastHeard = NIODeadline.now()

    init(push: (@Sendable (RedisValue) -> Void)?, ping: Ping? = nil) throws(RedisFailure) {
        reader = try ReplyReader()
        self.push = push
        self.ping = ping
    }

    func channelActive(context: ChannelHandlerContext) {
        lastHeard = .now()
        if let ping { watchSilence(context, ping, until: lastHeard + ping.interval) }
        context.fireChannelActive()
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
        lastHeard = .now()
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
        let reason = RedisFailure(.disconnected(mayHaveRun: true), "the connection broke: \(error)")
        end(context, RedisFailure(handshake: error) ?? reason)
    }

    private func end(_ context: ChannelHandlerContext, _ reason: RedisFailure) {
        guard failure == nil else { return }
        failure = reason
        timer?.task.cancel()
        timer = nil
        pingTask?.cancel()
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

    /// Looks again when the silence has lasted; one timer a connection, however much is said.
    private func watchSilence(_ context: ChannelHandlerContext, _ ping: Ping, until due: NIODeadline) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pingTask = context.eventLoop.scheduleTask(deadline: due) {
            let (handler, context) = bound.value
            let due = handler.lastHeard + ping.interval
            // A command that waits has a time-out of its own, or blocks for as long as its caller wants.
            guard due <= .now(), handler.pending.isEmpty else {
                return handler.watchSilence(context, ping, until: max(due, .now() + ping.interval))
            }
            handler.askForLife(context, ping)
        }
    }

    private func askForLife(_ context: ChannelHandlerContext, _ ping: Ping) {
        // Among pushes the answer is a push that nobody takes; whatever is heard counts.
        guard let batch = try? CommandBatch([["PING"]], timeout: ping.timeout) else { return }
        let asked = NIODeadline.now()
        if push == nil { pending.append(Pending(batch: batch, deadline: asked + ping.timeout)) }
        context.writeAndFlush(wrapOutboundOut(batch.bytes), promise: nil)
        armTimer(context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pingTask = context.eventLoop.scheduleTask(deadline: asked + ping.timeout) {
            let (handler, context) = bound.value
            guard handler.lastHeard < asked else {
                return handler.watchSilence(context, ping, until: handler.lastHeard + ping.interval)
            }
            handler.end(context, RedisFailure(.timeout, "the server gives no sign of life"))
        }
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
