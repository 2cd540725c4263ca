internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Synchronization
internal import Telemetry

/// Counts and logs requests and handshakes of WebSockets.
///
/// A log line has the path without the secrets of uploads' addresses, and never a query or header. Hummingbird's own
/// middleware does not fit here:
/// - `LogRequestsMiddleware` logs the whole target with query and secrets, when a request begins, so without status, bytes,
///   time, and whether the response was sent to its end.
/// - `MetricsMiddleware` writes to the process-wide backend of swift-metrics, which this program does not have (its metrics
///   have closed sets of labels). A response whose client leaves before the end stays counted as active.
struct AccessLog: Sendable {
    private let requests: Counter
    private let seconds: Histogram
    private let inFlight: MetricSeries
    private let sent: Counter

    init(_ metrics: Metrics, routes: RouteMap) {
        let methods = MetricLabel("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        let route = MetricLabel("route", routes.labels + ["NotFound"])
        requests = metrics.counter(
            "videohost_http_requests_total", "Requests that were answered.",
            labels: [methods, route, .init("status", ["1xx", "2xx", "3xx", "4xx", "5xx"])])
        seconds = metrics.histogram(
            "videohost_http_request_seconds", "Time from the end of a request's head to the end of its answer.",
            labels: [route])
        inFlight = metrics.gauge("videohost_http_requests_in_flight", "Requests that are being answered.").series()
        sent = metrics.counter("videohost_http_response_bytes_total", "Bytes of answers' bodies.", labels: [route])
    }

    /// The series of a route that responses with the same status are counted in.
    struct Series: Sendable {
        fileprivate let requests: MetricSeries
        fileprivate let seconds: Histogram.Series
        fileprivate let sent: MetricSeries

        /// Counts a request and its response.
        func count(bytes: Int, time: Duration) {
            requests.add()
            seconds.record(time)
            sent.add(Double(bytes))
        }
    }

    /// The series of a route, for whoever counts in them often.
    func series(method: HTTPRequest.Method, route: String, status: HTTPResponse.Status) -> Series {
        Series(
            requests: requests.series(method.rawValue, route, "\(status.code / 100)xx"),
            seconds: seconds.series(route), sent: sent.series(route))
    }

    /// Counts a request as being answered.
    func began() { inFlight.add(1) }

    /// Counts a request as answered that ``began()`` has counted.
    func ended() { inFlight.add(-1) }

    /// Counts a request as being answered until its entry ends.
    func begin(_ request: Request, _ context: APIContext) -> Entry {
        began()
        return Entry(log: self, request: request, context: context, started: .now)
    }

    /// A request that is being answered.
    struct Entry: Sendable {
        fileprivate let log: AccessLog
        fileprivate let request: Request
        fileprivate let context: APIContext
        fileprivate let started: ContinuousClock.Instant

        /// Counts and logs the request, at once for short bodies and otherwise when the body has been written.
        /// - Parameters:
        ///   - route: The pattern of the route; `nil` if there was none.
        ///   - place: The client's place in the quota of its address, which is held until the body has been written.
        /// - Returns: The body to send.
        func end(_ response: Response, route: String?, keeping place: AddressQuota.Place? = nil) -> ResponseBody {
            let route = route ?? "NotFound"
            // A short body is in memory and is written at once.
            guard response.body.contentLength == nil || response.body.contentLength ?? 0 > 64 * 1024 else {
                finish(response.status, route, bytes: response.body.contentLength ?? 0, whole: true)
                return response.body
            }
            let body = response.body
            let status = response.status
            return ResponseBody(contentLength: body.contentLength) { writer in
                let counted = CountedWriter(writer)
                defer { withExtendedLifetime(place) {} }
                do {
                    try await body.write(counted)
                    finish(status, route, bytes: counted.bytes.value, whole: true)
                } catch {
                    finish(status, route, bytes: counted.bytes.value, whole: false)
                    throw error
                }
            }
        }

        private func finish(_ status: HTTPResponse.Status, _ route: String, bytes: Int, whole: Bool) {
            let time = ContinuousClock.now - started
            log.ended()
            log.series(method: request.method, route: route, status: status).count(bytes: bytes, time: time)
            AccessLog.write(
                Line(
                    method: request.method.rawValue, path: request.uri.path, status: status.code, bytes: bytes,
                    time: time, whole: whole, client: context.remoteAddress),
                level: AccessLog.level(of: status, route: route), context.logger)
        }
    }

    /// What a log line says of a request.
    struct Line: Sendable {
        let method: String
        let path: String
        let status: Int
        let bytes: Int
        let time: Duration
        /// Whether the response was sent to its end.
        let whole: Bool
        let client: String
        /// `nil` where the logger has it.
        var requestID: String?
    }

    /// Writes the line of a request; costs nothing where the logger leaves out its level.
    static func write(_ line: @autoclosure () -> Line, level: Logger.Level, _ logger: Logger) {
        guard logger.logLevel <= level else { return }
        let line = line()
        var metadata: Logger.Metadata = [
            "http.method": .string(line.method), "http.path": .string(redacted(line.path)),
            "http.status": .stringConvertible(line.status), "http.bytes": .stringConvertible(line.bytes),
            "http.ms": .stringConvertible(line.time.milliseconds), "http.whole": .stringConvertible(line.whole),
            "client": .string(line.client),
        ]
        if let id = line.requestID { metadata["request.id"] = .string(id) }
        logger.log(level: level, "request", metadata: metadata)
    }

    /// The level of a request's line. Requests of health checks and players are so frequent that it is that of debugging.
    static func level(of status: HTTPResponse.Status, route: String) -> Logger.Level {
        if status.code >= 500 { return .warning }
        return route.hasPrefix("/health") || route.hasPrefix("/v/") ? .debug : .info
    }

    /// A path without the secrets of uploads' addresses (`upl_….secret`), at most 256 characters.
    static func redacted(_ path: String) -> String {
        if path.utf8.count <= 256, path.firstRange(of: "upl_") == nil { return path }
        return path.split(separator: "/", omittingEmptySubsequences: false)
            .map { part in part.hasPrefix("upl_") ? part.prefix { $0 != "." } : part }
            .joined(separator: "/").prefix(256).description
    }
}

/// Counts the bytes that are written.
private struct CountedWriter: ResponseBodyWriter {
    final class Total: Sendable {
        private let total = Atomic(0)
        var value: Int { total.load(ordering: .relaxed) }
        func add(_ count: Int) { total.add(count, ordering: .relaxed) }
    }

    private var base: any ResponseBodyWriter
    let bytes = Total()

    init(_ base: any ResponseBodyWriter) {
        self.base = base
    }

    @concurrent mutating func write(_ buffer: ByteBuffer) async throws {
        try await base.write(buffer)
        bytes.add(buffer.readableBytes)
    }

    @concurrent consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await base.finish(trailingHeaders)
    }
}
