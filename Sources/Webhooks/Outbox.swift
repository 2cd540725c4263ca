internal import Catalog
internal import Ground
internal import MediaModel
public import SQL
internal import Telemetry

/// Inserts deliveries in the transaction of the change that they report: none is lost, and none reports what was undone.
public enum Outbox {
    /// Inserts a delivery for each of the owner's enabled endpoints that receive the event.
    /// - Parameters:
    ///   - event: The event; the row of the video has been changed already.
    ///   - video: The video's identifier.
    ///   - reason: The operator's reason, where there is one.
    ///   - time: Now, in milliseconds since 1970.
    ///   - connection: The transaction that has changed the video.
    public static func announce(
        event: WebhookEvent, video: String, reason: String? = nil, at time: Int64, in connection: any SQLConnection
    ) throws {
        guard let record = try Videos.find(id: video, in: connection) else { return }
        for endpoint in try Endpoints.list(user: record.ownerID, in: connection)
        where endpoint.disabledAt == nil && endpoint.events.contains(event) {
            try write(event, to: endpoint, Message.Video(record), reason: reason, at: time, in: connection)
        }
    }

    /// Inserts a test delivery, which reports no event.
    /// - Returns: The delivery's identifier.
    public static func test(_ endpoint: Endpoint, at time: Int64, in connection: any SQLConnection) throws -> String {
        try write(.test, to: endpoint, nil, at: time, in: connection)
    }

    @discardableResult
    private static func write(
        _ event: WebhookEvent, to endpoint: Endpoint, _ video: Message.Video?, reason: String? = nil, at time: Int64,
        in connection: any SQLConnection
    ) throws -> String {
        let id = Identifier.make(prefix: .delivery, at: time)
        let message = Message(
            id: id, type: event.rawValue, createdAt: Timestamp(time).rfc3339, video: video, reason: reason)
        guard case .text(let body) = try SQLValue.json(message) else { return id }
        try Deliveries.insert(
            id: id, webhook: endpoint.id, event: event, body: body, at: time, in: connection)
        return id
    }
}

/// The JSON body of a delivery.
private struct Message: Encodable {
    struct Video: Encodable {
        var id: String
        var title: String
        var state: String
        var durationMs: Int64?
        var watchUrl: String
        var rejection: Reason?
        var failure: Reason?

        init(_ video: Catalog.Video) {
            id = video.id
            title = video.title
            state = video.state.rawValue
            durationMs = video.durationMilliseconds
            watchUrl = "/watch/\(video.id)"
            rejection = video.rejectionCode.map { Reason(code: $0.rawValue, detail: video.rejectionDetail ?? "") }
            failure = video.failureCode.map { Reason(code: $0.rawValue, detail: video.failureDetail ?? "") }
        }
    }

    struct Reason: Encodable {
        var code: String
        var detail: String
    }

    var id: String
    var type: String
    var createdAt: String
    var video: Video?
    var reason: String?
}
