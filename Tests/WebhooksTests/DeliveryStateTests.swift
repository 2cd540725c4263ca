import SQL
import Testing
import Webhooks

@Suite("States of deliveries")
struct DeliveryStateTests {
    /// The states in which each event is accepted, and the resulting states; every other pair is refused.
    private static let table: [Delivery.State.Event: [Delivery.State: Delivery.State]] = [
        .claimed: [.waiting: .sending, .sending: .sending],
        .delivered: [.sending: .delivered],
        .deferred: [.sending: .waiting],
        .givenUp: [.sending: .dead],
        .endpointDisabled: [.waiting: .dead],
        .redelivered: [.delivered: .waiting, .dead: .waiting],
    ]

    @Test("A delivery follows its transition table", arguments: Delivery.State.Event.allCases)
    func table(event: Delivery.State.Event) throws {
        let expected = try #require(Self.table[event])
        for state in Delivery.State.allCases { #expect(state.after(event) == expected[state], "\(state) \(event)") }
    }
}
