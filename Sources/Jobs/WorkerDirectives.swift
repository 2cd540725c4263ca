internal import MediaModel
internal import Synchronization

/// What a worker's slots may take at the moment, and how many of them are busy.
final class WorkerDirectives: Sendable {
    private struct State {
        var lanes: [Lane]
        var busy = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let served: [Lane]
    private let state: Mutex<State>

    /// - Parameter lanes: Lanes that the worker serves; until it hears otherwise, from all of them.
    init(lanes: [Lane]) {
        served = Lane.allCases.filter(lanes.contains)
        state = Mutex(State(lanes: served))
    }

    /// Lanes to take from now; empty while the worker has to pause.
    var lanes: [Lane] { state.withLock { $0.lanes } }

    /// Slots that do a task now.
    var busy: Int { state.withLock { $0.busy } }

    /// Follows new orders.
    func follow(_ orders: Pool.Orders) {
        let lanes = orders.isDraining ? [] : served.filter { !orders.paused.contains($0) }
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.lanes = lanes
            guard !lanes.isEmpty else { return [] }
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Counts a task that begins (1) or ends (-1).
    func count(_ change: Int) { state.withLock { $0.busy += change } }

    /// Waits until there is a lane to take from, or the caller is cancelled.
    func waitForWork() async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    guard state.lanes.isEmpty, !Task.isCancelled else { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }
}
