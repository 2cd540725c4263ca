import Ingest
import Testing

@Suite("States of an upload") struct UploadStateTests {
    /// What follows from each event in the states `open`, `complete` and `terminated`.
    private static let table: [(UploadEvent, [UploadTransition])] = [
        (.receive, [.state(.open), .refused, .refused]),
        (.complete, [.state(.complete), .refused, .refused]),
        (.supersede, [.state(.terminated), .refused, .refused]),
        (.terminate, [.state(.terminated), .state(.terminated), .refused]),
        (.expire, [.state(.terminated), .deleted, .deleted]),
        (.discard, [.deleted, .refused, .deleted]),
        (.forget, [.refused, .deleted, .deleted]),
    ]

    private static func upload(_ state: UploadState) -> Upload {
        Upload(
            id: "upl_1", ownerID: "usr_1", videoID: nil, length: 1, metadata: nil, tokenHash: "t", state: state,
            createdAt: 1, expiresAt: 2)
    }

    @Test("Every event in every state is in the table") func complete() {
        #expect(Set(Self.table.map(\.0)) == Set(UploadEvent.allCases))
        #expect(Self.table.allSatisfy { $0.1.count == UploadState.allCases.count })
    }

    @Test("Every pair of state and event has its outcome", arguments: table)
    func pairs(event: UploadEvent, outcomes: [UploadTransition]) {
        for (state, outcome) in zip(UploadState.allCases, outcomes) {
            #expect(state.transition(on: event) == outcome, "\(state) on \(event)")
            var upload = Self.upload(state)
            let isApplied = upload.apply(event)
            if case .state(let next) = outcome {
                #expect(isApplied && upload.state == next)
            } else {
                #expect(!isApplied && upload.state == state)
            }
        }
        let allowed = zip(UploadState.allCases, outcomes).filter { $0.1 != .refused }.map(\.0)
        #expect(event.allowedStates == allowed)
    }

    @Test("No event leads out of the terminated state, or from it to another") func terminated() {
        for event in UploadEvent.allCases {
            if case .state = UploadState.terminated.transition(on: event) { Issue.record("\(event) revives an upload") }
        }
    }
}
