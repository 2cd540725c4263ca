internal import Ground
internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// Finds cached responses for heads as they come from a connection, and counts and logs the requests that get one.
///
/// A request gets a cached response only if nothing in its head asks for anything else than the whole: no condition, no range,
/// no body, no end of the connection. All others go to the routes. Checks that a route's response has passed are not repeated:
/// the target is one that a route has answered.
struct CachedResponder: Sendable {
    let cache: ResponseCache
    let log: AccessLog
    let quota: AddressQuota
    let configuration: APIConfiguration
    private let date = HTTPDate()

    init(cache: ResponseCache, log: AccessLog, quota: AddressQuota, configuration: APIConfiguration) {
        self.cache = cache
        self.log = log
        self.quota = quota
        self.configuration = configuration
    }

    /// A request that gets a cached response.
    struct Match {
        let response: CachedResponse
        let requestID: String
        fileprivate let target: String
        fileprivate let address: String?
        /// The client's place in the quota of its address.
        fileprivate let place: AddressQuota.Place?
        fileprivate let started: ContinuousClock.Instant
    }

    /// What of a head's fields matters here.
    private struct Fields {
        var acceptEncoding: [String] = []
        var hasOrigin = false
        var host: String?
        var requestID: String?
        var forwardedFor: [String] = []

        /// - Returns: `nil` if a field asks for something else than the whole response.
        init?(_ headers: HTTPHeaders) {
            for (name, value) in headers {
                switch name.utf8.count {
                case 4 where name.isSame("host"): host = value
                case 5 where name.isSame("range"): return nil
                case 6 where name.isSame("expect"): return nil
                case 6 where name.isSame("origin"): hasOrigin = true
                case 8 where name.isSame("if-match") || name.isSame("if-range"): return nil
                case 10 where name.isSame("connection") && !value.isSame("keep-alive"): return nil
                case 12 where name.isSame("x-request-id"): requestID = value
                case 13 where name.isSame("if-none-match"): return nil
                case 14 where name.isSame("content-length"): return nil
                case 15 where name.isSame("accept-encoding"): acceptEncoding.append(value)
                case 15 where name.isSame("x-forwarded-for"): forwardedFor.append(value)
                case 17 where name.isSame("if-modified-since") || name.isSame("transfer-encoding"):
                    return nil
                default: continue
                }
            }
        }
    }

    /// What is known of a connection, so that it is not found out for each of its requests.
    struct Connection {
        /// The client's address, or the proxy's.
        let address: String
        /// The last `Host` for which the server has accepted a request.
        fileprivate var host = ""
        private let name = RandomText.base32(12)
        private var requests: UInt64 = 0

        init(address: String) {
            self.address = address
        }

        fileprivate mutating func nextID() -> String {
            requests += 1
            return RequestID.make(connection: name, number: requests)
        }
    }

    /// The cached response for a request; `nil` if the routes are to answer it.
    func match(_ head: HTTPRequestHead, on connection: inout Connection, _ logger: Logger) -> Match? {
        guard head.method == .GET, head.version == .http1_1, head.uri.hasPrefix("/v"),
            let fields = Fields(head.headers),
            let key = ResponseCache.Key(
                target: head.uri, acceptEncoding: fields.acceptEncoding, hasOrigin: fields.hasOrigin),
            let host = fields.host, accepts(host, on: &connection), let response = cache.find(key)
        else { return nil }
        let started = ContinuousClock.now
        let isLogged = logger.logLevel <= AccessLog.level(of: .ok, route: response.route)
        let isCounted = configuration.trustedProxies > 0
        var address: String?
        if isLogged || isCounted {
            address =
                ForwardedAddress.client(fields.forwardedFor, behind: configuration.trustedProxies)
                ?? connection.address
        }
        var place: AddressQuota.Place?
        if isCounted {
            place = quota.take(address ?? connection.address)
            if place == nil { return nil }
        }
        return Match(
            response: response, requestID: RequestID.accepted(fields.requestID) ?? connection.nextID(),
            target: head.uri, address: address, place: place, started: started)
    }

    private func accepts(_ host: String, on connection: inout Connection) -> Bool {
        if host == connection.host { return true }
        guard let name = HostName(host), configuration.allowedHosts.allows(name) else { return false }
        connection.host = host
        return true
    }

    /// The first bytes of a response: its head, and a short body too, because one piece is less work for the kernel than two.
    /// - Returns: Also the bytes in memory that follow.
    func start(of match: Match, _ allocator: ByteBufferAllocator) -> (first: ByteBuffer, rest: ByteBuffer?) {
        let head = match.response.head
        let body: ByteBuffer? = if case .bytes(let bytes) = match.response.body { bytes } else { nil }
        let isShort = body.map { $0.readableBytes <= CachedResponse.copyLimit } ?? false
        var first = allocator.buffer(
            capacity: head.readableBytes + 128 + (isShort ? body?.readableBytes ?? 0 : 0))
        first.writeImmutableBuffer(head)
        first.writeStaticString("X-Request-ID: ")
        first.writeString(match.requestID)
        first.writeStaticString("\r\nDate: ")
        first.writeString(date.text(at: cache.clock.now()))
        first.writeStaticString("\r\n\r\n")
        guard isShort, let body else { return (first, body) }
        first.writeImmutableBuffer(body)
        return (first, nil)
    }

    /// Counts and logs a request whose response is written or was given up.
    func end(_ match: Match, bytes: Int, whole: Bool, _ logger: Logger) {
        let time = ContinuousClock.now - match.started
        match.response.series.count(bytes: bytes, time: time)
        AccessLog.write(
            .init(
                method: "GET", path: match.target, status: 200, bytes: bytes, time: time, whole: whole,
                client: match.address ?? "", requestID: match.requestID),
            level: AccessLog.level(of: .ok, route: match.response.route), logger)
        withExtendedLifetime(match.place) {}
    }
}
