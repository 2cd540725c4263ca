internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Storage

/// Answers requests from the ``ResponseCache`` on the event loop of their connection, and passes all others on.
///
/// Stands behind the ``ConnectionGuardHandler``, which so limits the time of these responses too. While a response of the
/// routes is being written, or the client has not read what was written, requests are passed on: so responses keep the order of
/// their requests, and a client that reads nothing is not written to. While a file is being sent, nothing more is read from the
/// connection, and what had arrived waits.
final class CachedResponseHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let responder: CachedResponder
    private let bytes: ConnectionBytes
    private let logger: Logger
    /// Requests that were passed on and whose response has not ended.
    private var passedOn = 0
    /// The request whose head has arrived and whose end has not.
    private var match: CachedResponder.Match?
    private var needsFlush = false
    private var isSendingFile = false
    /// What has arrived while a file is being sent: at most what one read of the connection had.
    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    private var hasHeldRead = false
    /// Whether the client has ended its direction while a file was being sent.
    private var hasHeldEnd = false
    private var connection: CachedResponder.Connection?

    init(_ responder: CachedResponder, _ bytes: ConnectionBytes, _ logger: Logger) {
        self.responder = responder
        self.bytes = bytes
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isSendingFile { waiting.append(part) } else { receive(part, context) }
    }

    func read(context: ChannelHandlerContext) {
        if isSendingFile { hasHeldRead = true } else { context.read() }
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            match = passedOn == 0 && context.channel.isWritable ? find(head, context) : nil
            if match == nil {
                passedOn += 1
                context.fireChannelRead(wrapInboundOut(part))
            }
        case .body:
            if match == nil { context.fireChannelRead(wrapInboundOut(part)) }
        case .end:
            guard let match else { return context.fireChannelRead(wrapInboundOut(part)) }
            self.match = nil
            send(match, context)
        }
    }

    private func find(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> CachedResponder.Match? {
        if connection == nil { connection = .init(address: context.channel.remoteAddress?.ipAddress ?? "unknown") }
        guard var known = connection else { return nil }
        defer { connection = known }
        return responder.match(head, on: &known, logger)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        if isSendingFile {
            hasHeldEnd = true
        } else if passedOn > 0 {
            context.fireUserInboundEventTriggered(event)
        } else {
            passOnEnd(context)
        }
    }

    /// Whoever reads requests ends the connection when no more can come: so it hears of that when all that was written is sent.
    private func passOnEnd(_ context: ChannelHandlerContext) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        bytes.write(.byteBuffer(ByteBuffer()), promise: sent)
        context.flush()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { passedOn -= 1 }
        context.write(data, promise: promise)
    }

    private func send(_ match: CachedResponder.Match, _ context: ChannelHandlerContext) {
        needsFlush = true
        let (first, rest) = responder.start(of: match, context.channel.allocator)
        bytes.begin(first)
        let count = match.response.body.count
        switch match.response.body {
        case .none, .bytes:
            if let rest { bytes.write(.byteBuffer(rest), promise: nil) }
            bytes.end()
            responder.end(match, bytes: count, whole: true, logger)
        case .file(let file):
            // Each response has a handle of its own, because one handle cannot be used by two event loops at the same time.
            let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
            let written = context.eventLoop.makePromise(of: Void.self)
            responder.log.began()
            isSendingFile = true
            bytes.holdShortSegments(true)
            written.futureResult.assumeIsolated().whenComplete { [responder, logger] result in
                let isWhole = if case .success = result { true } else { false }
                responder.log.ended()
                responder.end(match, bytes: isWhole ? count : 0, whole: isWhole, logger)
                // The file closes its descriptor.
                _ = try? handle.takeDescriptorOwnership()
                withExtendedLifetime(file) {}
                if isWhole {
                    self.bytes.holdShortSegments(false)
                    self.fileSent(context)
                }
            }
            let region = FileRegion(fileHandle: handle, readerIndex: 0, endIndex: count)
            bytes.write(.fileRegion(region), promise: written)
        }
    }

    /// Ends the response, so that the connection is not at rest before, and goes on with what has arrived meanwhile.
    private func fileSent(_ context: ChannelHandlerContext) {
        isSendingFile = false
        bytes.end()
        defer {
            if hasHeldEnd, !isSendingFile {
                hasHeldEnd = false
                passOnEnd(context)
            }
        }
        guard !waiting.isEmpty || hasHeldRead else { return }
        while !isSendingFile, let part = waiting.popFirst() { receive(part, context) }
        channelReadComplete(context: context)
        if hasHeldRead, !isSendingFile {
            hasHeldRead = false
            context.read()
        }
    }
}
