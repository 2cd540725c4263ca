internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// Server-sent events of a video (the HTML standard, section 9.2).
///
/// The first event tells how things are; each change brings another; after the last change that can come by itself the
/// stream ends. Signals that come fast are merged, so a slow reader gets fewer events rather than late ones.
struct EventRoutes: Sendable {
    let services: Services
    let reader: VideoReader

    /// Shortest time between two events.
    private static let spacing: Duration = .milliseconds(200)
    /// Time after which the truth is looked at without a signal, and a comment is sent if nothing changed: it keeps
    /// intermediaries from closing the stream, and shows when a reader is gone.
    private static let heartbeat: Duration = .seconds(10)
    private static let settled: Set<String> = ["ready", "rejected", "failed", "blocked"]

    func follow(_ request: Request, _ context: APIContext) async throws -> Response {
        let video = try await services.visibleVideo(request, context).video
        let id = video.id
        // Asked now, for a block that may come: a token that is not valid is nobody's.
        let isOwner = try? await services.optionalUser(request) == video.ownerID
        let body = ResponseBody { writer in
            // Listening begins before the first look, so that no change falls between them. Without signals the
            // heartbeat alone keeps readers informed.
            let signals = Signals(changes: try? await services.changes.changes(of: id), heartbeat: Self.heartbeat)
            defer { signals.stop() }
            var pen = EventPen()
            for await _ in signals.stream {
                guard let document = try await reader.document(id, showsBlock: isOwner == true) else { break }
                try await writer.write(try pen.text(document))
                if Self.settled.contains(document.state) { break }
                try await Task.sleep(for: Self.spacing)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .known("X-Accel-Buffering"): "no"],
            body: body)
    }
}

/// Asks for a look: at once, after each change and with each heartbeat, until the server stops.
private struct Signals: Sendable {
    /// Ends when the server is about to stop. Signals that nobody has taken are merged into one.
    let stream: AsyncStream<Void>
    private let send: AsyncStream<Void>.Continuation
    private let tasks: [Task<Void, any Error>]

    init(changes: (any AsyncSequence<Void, Never> & Sendable)?, heartbeat: Duration) {
        let (stream, send) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        send.yield()
        let listening = Task<Void, any Error> {
            if let changes { for await _ in changes { send.yield() } }
        }
        let beating = Task<Void, any Error> {
            while true {
                try await Task.sleep(for: heartbeat)
                send.yield()
            }
        }
        let waiting = Task<Void, any Error> {
            try await gracefulShutdown()
            send.finish()
        }
        (self.stream, self.send, tasks) = (stream, send, [listening, beating, waiting])
    }

    func stop() {
        for task in tasks { task.cancel() }
        send.finish()
    }
}

/// Writes events, each change once.
private struct EventPen {
    private var last: ByteBuffer?

    /// An event, or a comment if nothing has changed.
    mutating func text(_ document: VideoDocument) throws -> ByteBuffer {
        let data = try JSONOutput.encode(document)
        guard data != last else { return ByteBuffer(string: ":\n\n") }
        // JSON has no line feeds of its own, so it is one line of data.
        var text = ByteBuffer(string: (last == nil ? "retry: 3000\n" : "") + "event: state\ndata: ")
        text.writeImmutableBuffer(data)
        text.writeString("\n\n")
        last = data
        return text
    }
}
