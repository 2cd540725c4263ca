internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import SQL
internal import ServiceLifecycle

/// Server-sent events of a video (the HTML standard, section 9.2).
///
/// The first event tells how things are; each change brings another; after the last change that can come by itself the
/// stream ends. Signals that come fast are merged, so a slow reader gets fewer events rather than late ones.
struct EventRoutes: Sendable {
    private let services: Services
    /// What everybody is told.
    private let publicFeed: VideoFeed
    /// What the owner is told: a blocked video with its reason.
    private let ownerFeed: VideoFeed

    /// Shortest time between two events.
    private static let spacing: Duration = .milliseconds(200)
    /// Time after which the truth is looked at without a signal, and a comment is sent if nothing changed: it keeps
    /// intermediaries from closing the stream, and shows when a reader is gone.
    private static let heartbeat: Duration = .seconds(10)
    private static let settled: Set<String> = ["ready", "rejected", "failed", "blocked"]

    init(services: Services, reader: VideoReader) {
        self.services = services
        func feed(showsBlock: Bool) -> VideoFeed {
            VideoFeed(
                spacing: Self.spacing, heartbeat: Self.heartbeat, logger: Logger(label: "videohost"),
                changes: { [changes = services.changes] in try await changes.changes(of: $0) },
                look: { id in
                    guard let document = try await reader.document(id, showsBlock: showsBlock) else { return nil }
                    return VideoFeed.Look(
                        event: ServerSentEventEncoder.event(try JSONOutput.encode(document)),
                        isLast: Self.settled.contains(document.state))
                })
        }
        publicFeed = feed(showsBlock: false)
        ownerFeed = feed(showsBlock: true)
    }

    func follow(_ request: Request, _ context: APIContext) async throws -> Response {
        let video = try await services.visibleVideo(request, context).video
        // Asked now, for a block that may come: a token that is not valid is nobody's.
        let isOwner = try? await services.optionalUser(request) == video.ownerID
        let feed = isOwner == true ? ownerFeed : publicFeed
        let body = ResponseBody { writer in
            let watch = feed.watch(video.id)
            // Ends when the server is about to stop.
            let stopping = Task<Void, any Error> {
                try await gracefulShutdown()
                watch.end()
            }
            defer {
                stopping.cancel()
                watch.leave()
            }
            var pen = ServerSentEventEncoder(heartbeat: Self.heartbeat)
            for await look in watch.looks {
                if let text = pen.text(look.event, at: .now) { try await writer.write(text) }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .known("X-Accel-Buffering"): "no"],
            body: body)
    }
}

/// Writes events, each change once.
struct ServerSentEventEncoder {
    private let heartbeat: Duration
    private var last: (event: ByteBuffer, time: ContinuousClock.Instant)?

    /// - Parameter heartbeat: Time after which a comment is written where nothing has changed.
    init(heartbeat: Duration) { self.heartbeat = heartbeat }

    /// An event of a state.
    static func event(_ json: ByteBuffer) -> ByteBuffer {
        // JSON has no line feeds of its own, so it is one line of data.
        var text = ByteBuffer(string: "event: state\ndata: ")
        text.writeImmutableBuffer(json)
        text.writeString("\n\n")
        return text
    }

    /// What to write of an event: nothing, or a comment if some time has passed, where it is the last one again.
    mutating func text(_ event: ByteBuffer, at now: ContinuousClock.Instant) -> ByteBuffer? {
        guard let last else {
            self.last = (event, now)
            var text = ByteBuffer(string: "retry: 3000\n")
            text.writeImmutableBuffer(event)
            return text
        }
        // Looks may come a little early.
        let isDue = last.time.duration(to: now) >= heartbeat / 2
        guard event != last.event || isDue else { return nil }
        self.last = (event, now)
        return event == last.event ? ByteBuffer(string: ":\n\n") : event
    }
}
