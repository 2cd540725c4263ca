internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Synchronization
internal import Telemetry

/// Counts and logs requests. A log line has the route's pattern and the path up to the first secret, never a query or header.
struct AccessLog: Sendable {
    private let requests: Counter
    private let seconds: Histogram
    private let inFlight: Gauge
    private let sent: Counter

    init(_ metrics: Metrics, routes: RouteMap) {
        let methods = MetricLabel("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        let route = MetricLabel("route", routes.patterns + ["/{page}", "NotFound"])
        requests = metrics.counter(
            "videohost_http_requests_total", "Requests that were answered.",
            labels: [methods, route, .init("status", ["1xx", "2xx", "3xx", "4xx", "5xx"])])
        seconds = metrics.histogram(
            "videohost_http_request_seconds", "Time from the end of a request's head to the end of its answer.",
            labels: [route])
        inFlight = metrics.gauge("videohost_http_requests_in_flight", "Requests that are being answered.")
        sent = metrics.counter("videohost_http_response_bytes_total", "Bytes of answers' bodies.", labels: [route])
    }

    func begin(_ request: Request, _ context: APIContext) -> Entry {
        inFlight.add(1)
        return Entry(record: self, request: request, context: context, started: .now)
    }

    struct Entry: Sendable {
        fileprivate let record: AccessLog
        fileprivate let request: Request
        fileprivate let context: APIContext
        fileprivate let started: ContinuousClock.Instant

        /// Returns the body that completes the record when it has been written.
        /// - Parameter place: The client's place among the requests of its address; kept as long.
        func end(_ response: Response, route: String?, keeping place: AddressQuota.Place? = nil) -> ResponseBody {
            let route = route ?? "NotFound"
            // A body that is at hand is written in the same moment; only a stream is worth waiting for.
            guard response.body.contentLength == nil || response.body.contentLength ?? 0 > 64 * 1024 else {
                close(response.status, route, bytes: response.body.contentLength ?? 0, whole: true)
                return response.body
            }
            let body = response.body
            let status = response.status
            return ResponseBody(contentLength: body.contentLength) { writer in
                let counted = CountedWriter(writer)
                defer { withExtendedLifetime(place) {} }
                do {
                    try await body.write(counted)
                    close(status, route, bytes: counted.bytes.value, whole: true)
                } catch {
                    close(status, route, bytes: counted.bytes.value, whole: false)
                    throw error
                }
            }
        }

        private func close(_ status: HTTPResponse.Status, _ route: String, bytes: Int, whole: Bool) {
            let time = ContinuousClock.now - started
            record.inFlight.add(-1)
            record.requests.add(1, request.method.rawValue, route, "\(status.code / 100)xx")
            record.seconds.record(time, route)
            record.sent.add(Double(bytes), route)
            // Probes and players ask all the time: their lines are for those who look for them.
            let level: Logger.Level =
                status.code >= 500 ? .warning : route.hasPrefix("/health") || route.hasPrefix("/v/") ? .debug : .info
            context.logger.log(
                level: level, "request",
                metadata: [
                    "http.method": "\(request.method.rawValue)", "http.path": "\(Self.redacted(request.uri.path))",
                    "http.status": .stringConvertible(status.code), "http.bytes": .stringConvertible(bytes),
                    "http.ms": .stringConvertible(time.milliseconds), "http.whole": .stringConvertible(whole),
                    "client": "\(context.remoteAddress)",
                ])
        }

        /// A path without the secret of an upload's address (`upl_….secret`), cut to a length for logs.
        static func redacted(_ path: String) -> String {
            path.split(separator: "/", omittingEmptySubsequences: false)
                .map { part in part.hasPrefix("upl_") ? part.prefix { $0 != "." } : part }
                .joined(separator: "/").prefix(256).description
        }
    }
}

/// Counts what passes through.
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
