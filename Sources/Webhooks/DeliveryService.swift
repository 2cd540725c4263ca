internal import Catalog
public import Ground
public import Logging
public import SQL
public import ServiceLifecycle
public import Telemetry

/// Sends the deliveries of the outbox. Any number of processes may run it: a process claims a delivery for each attempt.
public struct DeliveryService: Service {
    /// Limits, times and settings.
    public struct Configuration: Sendable {
        /// How endpoints are reached.
        public var sender = WebhookSettings()
        /// When to try again.
        public var schedule = RetrySchedule()
        /// Deliveries that this process sends at the same time; one at a time to each endpoint.
        public var senders = 16
        /// Of these, those that are reserved for endpoints which answered in time when they were last sent something, so
        /// that endpoints which hang do not occupy all senders. At least one sender serves all endpoints.
        public var reservedSenders = 4
        /// Milliseconds within which an endpoint answers in time.
        public var soon: Int64 = 2_000
        /// Deliveries that all processes together send to the endpoints of one account at the same time; on PostgreSQL more
        /// where several senders claim at the same moment.
        public var perAccount = 2
        /// How long each sender waits before it looks for a delivery again after there was none.
        public var pause: Duration = .seconds(2)
        /// Milliseconds after which another process takes over a delivery of a killed process; longer than an attempt.
        public var lease: Int64 = 30_000
        /// Milliseconds for which deliveries that have ended are kept.
        public var retention: Int64 = 30 * 86_400_000

        /// The defaults.
        public init() {}
    }

    private let database: any Database
    private let configuration: Configuration
    private let sender: WebhookSender
    private let clock: WallClock
    private let random: @Sendable () -> Double
    private let logger: Logger
    private let outcomes: Counter

    /// A service.
    /// - Parameters:
    ///   - random: 0…1; varies the waits between attempts.
    ///   - metrics: Where attempts are counted.
    /// - Throws: If this machine's root certificates cannot be read.
    public init(
        database: any Database, configuration: Configuration = Configuration(), clock: WallClock = .system,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, metrics: Metrics = Metrics(),
        logger: Logger
    ) throws {
        self.database = database
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.logger = logger
        outcomes = metrics.counter(
            "videohost_webhook_deliveries_total", "Attempts to deliver a webhook, by what came of them.",
            labels: [MetricLabel("outcome", ["delivered", "retrying", "postponed", "dead", "gone"])])
        sender = try WebhookSender(configuration.sender)
    }

    /// Sends deliveries until the group shuts down, and finishes those that are being sent then.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<configuration.senders {
                group.addTask {
                    await runSender(isReserved: number < min(configuration.reservedSenders, configuration.senders - 1))
                }
            }
            group.addTask { await keepPruning() }
        }
    }

    private func runSender(isReserved: Bool) async {
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            do {
                if try await sendOne(isAnswering: isReserved) { continue }
            } catch {
                logger.warning("a delivery could not be worked on", metadata: ["error": "\(error)"])
            }
            await rest(configuration.pause)
        }
    }

    private func keepPruning() async {
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            let limit = clock.now() - configuration.retention
            _ = try? await database.transaction { try Deliveries.prune(before: limit, in: $0) }
            await rest(.seconds(3_600))
        }
    }

    /// Waits before the next look: other processes insert rows without a notification.
    private func rest(_ duration: Duration) async {
        _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }

    /// Makes one attempt at a due delivery: of the account to which fewest are being sent, the one due for longest.
    /// - Parameter isAnswering: Whether only endpoints that answered in time the last time are considered.
    /// - Returns: Whether there was one.
    @discardableResult
    public func sendOne(isAnswering: Bool = false) async throws -> Bool {
        let now = clock.now()
        // Looking first spares idle processes the database's write lock.
        guard try await database.read({ try Deliveries.isAnyDue(at: now, isAnswering: isAnswering, in: $0) })
        else { return false }
        let (lease, perAccount) = (configuration.lease, configuration.perAccount)
        let claimed = try await database.transaction { connection -> (Delivery, Endpoint)? in
            guard
                let delivery = try Deliveries.claim(
                    at: now, lease: lease, perAccount: perAccount, isAnswering: isAnswering, in: connection),
                let endpoint = try Endpoints.find(id: delivery.webhookID, in: connection)
            else { return nil }
            return (delivery, endpoint)
        }
        guard let (delivery, endpoint) = claimed else { return false }
        let attempt =
            endpoint.disabledAt == nil ? await send(delivery, to: endpoint) : .failed("the endpoint is disabled")
        try await record(attempt, of: delivery, begun: now)
        return true
    }

    private func send(_ delivery: Delivery, to endpoint: Endpoint) async -> Attempt {
        let seconds = clock.now() / 1000
        return await sender.post(
            delivery.body, to: endpoint.url, of: endpoint.userID,
            headers: [
                (
                    "Videohost-Signature",
                    Signature.header(body: delivery.body, secret: endpoint.secret, seconds: seconds)
                ),
                ("Videohost-Event", delivery.event.rawValue), ("Videohost-Delivery", delivery.id),
            ])
    }

    private func record(_ attempt: Attempt, of delivery: Delivery, begun: Int64) async throws {
        let (now, schedule) = (clock.now(), configuration.schedule)
        let verdict = schedule.verdict(attempt, attempts: delivery.attempts, random: random())
        let (status, error): (Int?, String?) =
            switch attempt {
            case .answered(let status): (status, (200..<300).contains(status) ? nil : "answered with \(status)")
            case .failed(let reason), .notBegun(let reason): (nil, reason)
            }
        let answers = status != nil && now - begun <= configuration.soon
        let disabled = try await database.transaction { connection -> String? in
            guard try Deliveries.end(delivery, verdict, status: status, error: error, at: now, in: connection) else {
                return nil
            }
            // An attempt that was not begun says nothing about the endpoint.
            if case .postponed = verdict { return nil }
            try Endpoints.note(answers: answers, delivery.webhookID, in: connection)
            switch verdict {
            case .again, .postponed: return nil
            case .delivered:
                _ = try Endpoints.count(dead: false, delivery.webhookID, in: connection)
                return nil
            case .gone:
                try Endpoints.disable(delivery.webhookID, reason: "gone", at: now, in: connection)
                return "gone"
            case .dead:
                let count = try Endpoints.count(dead: true, delivery.webhookID, in: connection)
                guard count >= schedule.deadInRow else { return nil }
                try Endpoints.disable(delivery.webhookID, reason: "failing", at: now, in: connection)
                return "failing"
            }
        }
        switch verdict {
        case .again: outcomes.add(1, "retrying")
        case .postponed: outcomes.add(1, "postponed")
        case .delivered: outcomes.add(1, "delivered")
        case .gone: outcomes.add(1, "gone")
        case .dead: outcomes.add(1, "dead")
        }
        if let disabled {
            logger.notice(
                "an endpoint is told no more",
                metadata: ["webhook.id": "\(delivery.webhookID)", "reason": "\(disabled)"])
        }
    }
}
