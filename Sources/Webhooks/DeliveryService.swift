internal import Catalog
public import Ground
public import Logging
public import SQL
public import ServiceLifecycle
public import Telemetry

/// Sends what the outbox holds. Any number of processes may run it: a delivery is claimed for each attempt.
public struct DeliveryService: Service {
    /// How it works.
    public struct Configuration: Sendable {
        /// How endpoints are reached.
        public var poster = WebhookSettings()
        /// When to try again.
        public var schedule = RetrySchedule()
        /// Deliveries under way at a time; one at a time to each endpoint.
        public var lanes = 16
        /// Of these, those that are kept for endpoints which answered soon the last time, so that endpoints which hang do
        /// not take all. One lane at least is for all endpoints.
        public var keptLanes = 4
        /// Milliseconds within which an endpoint has answered soon.
        public var soon: Int64 = 2_000
        /// Deliveries under way at a time to the endpoints of one account, in all processes together; on PostgreSQL more
        /// where several lanes claim at the same moment.
        public var perAccount = 2
        /// How often each lane looks for work when there was none.
        public var pause: Duration = .seconds(2)
        /// Milliseconds after which others take over what a killed process was sending; longer than an attempt.
        public var lease: Int64 = 30_000
        /// Milliseconds for which deliveries that have ended are kept.
        public var retention: Int64 = 30 * 86_400_000

        /// The usual.
        public init() {}
    }

    private let database: any Database
    private let configuration: Configuration
    private let poster: WebhookSender
    private let clock: WallClock
    private let random: @Sendable () -> Double
    private let logger: Logger
    private let outcomes: Counter

    /// A service.
    /// - Parameters:
    ///   - random: 0…1; spreads the tries.
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
        poster = try WebhookSender(configuration.poster)
    }

    /// Sends until the group shuts down; what is under way then is finished.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<configuration.lanes {
                group.addTask { await runLane(isKept: lane < min(configuration.keptLanes, configuration.lanes - 1)) }
            }
            group.addTask { await keepPruning() }
        }
    }

    private func runLane(isKept: Bool) async {
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            do {
                if try await sendOne(isAnswering: isKept) { continue }
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

    /// Rows of other processes come without a word, so there is nothing to wait for but the next look.
    private func rest(_ duration: Duration) async {
        _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }

    /// Makes one attempt at a delivery that is due: the longest of the account that has fewest under way.
    /// - Parameter isAnswering: Whether it must be to an endpoint that answered soon the last time.
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
        return await poster.post(
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
            // What was not begun says nothing of the endpoint.
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
