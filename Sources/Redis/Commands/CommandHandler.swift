import NIOCore

/// The channel handler of a connection: turns bytes into values and performs the actions of a ``CommandPipeline``.
final class CommandHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = CommandBatch
    typealias OutboundOut = ByteBuffer

    private var reader: ReplyReader
    private var pipeline: CommandPipeline
    private let push: (@Sendable (RedisValue) -> Void)?
    private var timers: [CommandPipeline.Timer: Scheduled<Void>] = [:]

    /// Creates the handler of a new connection.
    /// - Parameters:
    ///   - push: Receives values that arrive without a command, on the event loop; `nil` treats them as a violation.
    ///   - ping: How silence is checked; `nil` for not at all.
    init(push: (@Sendable (RedisValue) -> Void)?, ping: CommandPipeline.Ping? = nil) throws(RedisFailure) {
        reader = try ReplyReader()
        pipeline = CommandPipeline(takesPushes: push != nil, ping: ping, at: .now())
        self.push = push
    }

    func channelActive(context: ChannelHandlerContext) {
        perform(pipeline.connected(at: .now()), context)
        context.fireChannelActive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // From here on the promise of the batch reports every outcome.
        promise?.succeed()
        perform(pipeline.send(unwrapOutboundIn(data), at: .now()), context)
    }

    func flush(context: ChannelHandlerContext) {}

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        pipeline.heard(at: .now())
        do throws(RedisFailure) {
            var result: Result<Void, RedisFailure> = .success(())
            buffer.withUnsafeReadableBytes { bytes in
                do throws(RedisFailure) { try reader.feed(bytes) } catch { result = .failure(error) }
            }
            try result.get()
            while let value = try reader.next() { perform(pipeline.received(value), context) }
        } catch {
            perform(pipeline.failed(error), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(
            pipeline.failed(RedisFailure(.disconnected(mayHaveRun: true), "the connection was closed")), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let reason = RedisFailure(.disconnected(mayHaveRun: true), "the connection broke: \(error)")
        perform(pipeline.failed(RedisFailure(handshake: error) ?? reason), context)
    }

    private func perform(_ actions: [CommandPipeline.Action], _ context: ChannelHandlerContext) {
        for action in actions {
            switch action {
            case .write(let bytes): context.write(wrapOutboundOut(bytes), promise: nil)
            case .flush: context.flush()
            case .complete(let promise, let outcome): promise.complete(outcome.mapError { $0 as any Error })
            case .push(let value): push?(value)
            case .scheduleFlush:
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.execute {
                    let (handler, context) = bound.value
                    handler.perform(handler.pipeline.flushed(), context)
                }
            case .startTimer(let timer, let deadline):
                timers[timer]?.cancel()
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                timers[timer] = context.eventLoop.scheduleTask(deadline: deadline) {
                    let (handler, context) = bound.value
                    handler.perform(handler.pipeline.fired(timer, at: .now()), context)
                }
            case .close:
                for timer in timers.values { timer.cancel() }
                timers = [:]
                context.close(promise: nil)
            }
        }
    }
}
