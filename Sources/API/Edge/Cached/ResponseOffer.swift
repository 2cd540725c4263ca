internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Storage

/// What a handler says of a response that others may get too: its body, and for how long.
struct ResponseOffer: Sendable {
    let body: CachedResponse.Body
    let lease: ResponseLease
}

extension ResponseCache {
    /// Keeps a finished response that its handler has offered, unless it is one for this request alone.
    /// - Parameters:
    ///   - response: With all headers that the edge adds.
    ///   - route: The label of its route.
    func keep(
        _ response: Response, to request: Request, offered offer: ResponseOffer, route: String, in log: AccessLog
    ) {
        guard request.method == .get, response.status == .ok, response.headers[.connection] == nil,
            response.headers[.contentLength] == String(offer.body.count),
            let key = Key(
                target: request.head.path ?? "", acceptEncoding: request.headers[values: .acceptEncoding],
                hasOrigin: request.headers[.origin] != nil)
        else { return }
        var head = ByteBuffer(string: "HTTP/1.1 200 OK\r\n")
        for field in response.headers where field.name != .requestID {
            head.writeString("\(field.name.rawName): \(field.value)\r\n")
        }
        head.writeString("Server: \(serverName)\r\n")
        let series = log.series(method: request.method, route: route, status: response.status)
        insert(
            CachedResponse(head: head, body: offer.body, series: series, route: route, lease: offer.lease),
            for: key)
    }
}

/// The `Server` header of all responses.
let serverName = "videohost"
