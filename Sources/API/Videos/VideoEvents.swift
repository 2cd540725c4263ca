internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Server-sent events of a video (the HTML standard, section 9.2).
///
/// The first event has the video as it is now; each change sends another. The stream ends after the last change that
/// can happen without a request. Changes in quick succession are merged, so a slow reader gets fewer events and no late
/// ones.
func videoEventsRoute(_ services: Services, reader: VideoReader) -> Route {
    let events = VideoEvents(services: services, reader: reader)
    return Route(
        .get, "/v1/videos/{id}/events", "followVideo", "Follow a video",
        description:
            "Server-sent events: `event: state` with the video as data, at once and after each change. Ends after "
            + "`ready`, `rejected`, `failed` or `blocked`; a comment every 10 seconds shows that the stream is alive.",
        tag: .videos, access: .videoViewer(services, recognizesOwner: true),
        answers: [.body(["text/event-stream"], .text(), "The stream.")]
    ) { call in events.follow(call.caller) }
}

private struct VideoEvents: Sendable {
    /// For everybody but the owner.
    private let publicFeed: VideoFeed
    /// For the owner: a blocked video with its reason.
    private let ownerFeed: VideoFeed

    /// Shortest time between two events.
    private static let spacing: Duration = .milliseconds(200)
    /// Time after which the video is read without a signal, and a comment is sent if nothing changed: it keeps
    /// intermediaries from closing the stream, and shows when a reader is gone.
    private static let heartbeat: Duration = .seconds(10)
    private static let settled: Set<VideoState> = [.ready, .rejected, .failed, .blocked]

    init(services: Services, reader: VideoReader) {
        func feed(for audience: VideoAudience) -> VideoFeed {
            VideoFeed(
                spacing: Self.spacing, heartbeat: Self.heartbeat, logger: Logger(label: "videohost"),
                changes: { [changes = services.changes] in try await changes.changes(of: $0) },
                look: { id in
                    guard let document = try await reader.document(id, for: audience) else { return nil }
                    return VideoFeed.Look(
                        event: ServerSentEventEncoder.event(try JSONOutput.encode(document)),
                        isLast: Self.settled.contains(document.video.state))
                })
        }
        publicFeed = feed(for: .everybody)
        ownerFeed = feed(for: .owner)
    }

    /// The stream of a video's events.
    func follow(_ caller: VisibleVideo) -> Response {
        let feed =
            switch caller.audience {
            case .owner: ownerFeed
            case .everybody: publicFeed
            }
        let body = ResponseBody { writer in
            let watch = feed.watch(caller.video.id)
            // Ends when the server is about to stop.
            let stopping = Task<Void, any Error> {
                try await gracefulShutdown()
                watch.end()
            }
            defer {
                stopping.cancel()
                watch.leave()
            }
            var encoder = ServerSentEventEncoder(heartbeat: Self.heartbeat)
            for await look in watch.looks {
                if let text = encoder.text(look.event, at: .now) { try await writer.write(text) }
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

    /// What to write for an event: of one that equals the last one nothing, or a comment if some time has passed.
    mutating func text(_ event: ByteBuffer, at now: ContinuousClock.Instant) -> ByteBuffer? {
        guard let last else {
            self.last = (event, now)
            var text = ByteBuffer(string: "retry: 3000\n")
            text.writeImmutableBuffer(event)
            return text
        }
        // Reads may come a little early.
        let isDue = last.time.duration(to: now) >= heartbeat / 2
        guard event != last.event || isDue else { return nil }
        self.last = (event, now)
        return event == last.event ? ByteBuffer(string: ":\n\n") : event
    }
}
