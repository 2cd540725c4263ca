/// How often a client may call a route, beyond the limits of connections; a value, so that descriptions and tests can read it.
enum RateClass: Sendable, Hashable {
    /// As often as it likes.
    case unlimited
    /// Wrong passwords, by address and account; a right password does not count.
    case signIn
    /// Accounts that were made, and refusals because a name or an e-mail address is taken, by address.
    case registration
    /// Tests and redeliveries of webhooks, by account, whatever their outcome.
    case manualDeliveries

    /// The code of a request that exceeds the limit.
    var problem: ProblemCode? {
        switch self {
        case .unlimited: nil
        case .signIn: .tooManyAttempts
        case .registration: .tooManyRegistrations
        case .manualDeliveries: .rateLimited
        }
    }
}

/// A class with the code that counts a call: after ``Access/admit``, before the body is read and the handler runs.
struct Rate<Caller: Sendable>: Sendable {
    /// How often the route may be called.
    let rateClass: RateClass
    /// Counts a call.
    /// - Throws: ``Problem`` with the class's code and `Retry-After` if the caller has reached the limit.
    let count: @Sendable (Caller) async throws -> Void

    init(_ rateClass: RateClass, count: @escaping @Sendable (Caller) async throws -> Void) {
        self.rateClass = rateClass
        self.count = count
    }

    /// As often as the client likes.
    static var unlimited: Rate { Rate(.unlimited) { _ in } }

    /// A class whose calls the handler counts, because the outcome decides whether a call counts, and for whom.
    static func countedByOutcome(_ rateClass: RateClass) -> Rate { Rate(rateClass) { _ in } }
}
