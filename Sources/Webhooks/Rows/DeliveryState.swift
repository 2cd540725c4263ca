public import SQL

extension Delivery {
    /// Where a delivery is on its way to its endpoint.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Due at `nextAttemptAt`.
        case waiting
        /// A process sends it; another process may take it over at `nextAttemptAt`.
        case sending
        /// The endpoint answered with 2xx.
        case delivered
        /// Given up.
        case dead
    }
}

extension Delivery.State: StoredState {
    /// What can happen to a delivery.
    public enum Event: Sendable, Hashable, CaseIterable {
        /// A process claims it, or takes it over from a process that did not report in time.
        case claimed
        /// The endpoint answered with 2xx.
        case delivered
        /// The attempt failed or was postponed, and another one follows.
        case deferred
        /// The last attempt failed, or the endpoint is gone.
        case givenUp
        /// Its endpoint was disabled while it waited.
        case endpointDisabled
        /// Its owner asks for it once more.
        case redelivered
    }

    /// The state after an event; `nil` where the event is refused.
    public func after(_ event: Event) -> Delivery.State? {
        switch (event, self) {
        case (.claimed, .waiting), (.claimed, .sending): .sending
        case (.delivered, .sending): .delivered
        case (.deferred, .sending): .waiting
        case (.givenUp, .sending): .dead
        case (.endpointDisabled, .waiting): .dead
        case (.redelivered, .delivered), (.redelivered, .dead): .waiting
        case (.claimed, _), (.delivered, _), (.deferred, _), (.givenUp, _), (.endpointDisabled, _), (.redelivered, _):
            nil
        }
    }

    /// Whether nothing more happens to it unless its owner asks.
    static let ended: [Delivery.State] = accepting(.redelivered)
}
