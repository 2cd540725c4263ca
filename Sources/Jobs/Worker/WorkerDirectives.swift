internal import MediaModel
internal import Synchronization

/// The lanes from which a worker's slots take tasks now, and the number of busy slots.
final class WorkerDirectives: Sendable {
    private struct State {
        var lanes: [Lane]
        var busy = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let served: [Lane]
    private let state: Mutex<State>

    /// Directives to take from all lanes.
    /// - Parameter lanes: The lanes that the worker serves.
    init(lanes: [Lane]) {
        served = Lane.allCases.filter(lanes.contains)
        state = Mutex(State(lanes: served))
    }

    /// The lanes to take from now; empty while the worker is paused or drained.
    var lanes: [Lane] { state.withLock { $0.lanes } }

    /// The number of slots that do a task now.
    var busy: Int { state.withLock { $0.busy } }

    /// Adopts the directives that the pool holds for the worker.
    func update(_ directives: Pool.Directives) {
        let lanes = directives.isDraining ? [] : served.filter { !directives.paused.contains($0) }
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.lanes = lanes
            guard !lanes.isEmpty else { return [] }
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Counts a slot as busy while it runs `body`.
    func whileBusy(_ body: () async -> Void) async {
        state.withLock { $0.busy += 1 }
        await body()
        state.withLock { $0.busy -= 1 }
    }

    /// Waits until there is a lane to take from, or the caller is cancelled.
    func waitForLane() async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.lanes.isEmpty, !Task.isCancelled else { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }
}
