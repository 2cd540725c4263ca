internal import MediaModel
internal import Synchronization

/// The lanes from which a worker's slots take tasks now, and the number of busy slots.
final class WorkerDirectives: Sendable {
    private struct Waiter {
        let lanes: [Lane]
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var lanes: [Lane]
        var busy = 0
        var waiting: [Int: Waiter] = [:]
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
        let waiting = state.withLock { state -> [Waiter] in
            state.lanes = lanes
            let ready = state.waiting.filter { $0.value.lanes.contains(where: lanes.contains) }
            for number in ready.keys { state.waiting[number] = nil }
            return Array(ready.values)
        }
        for waiter in waiting { waiter.continuation.resume() }
    }

    /// Counts a slot as busy while it runs `body`.
    func whileBusy(_ body: () async -> Void) async {
        state.withLock { $0.busy += 1 }
        await body()
        state.withLock { $0.busy -= 1 }
    }

    /// Waits until one of the lanes can be taken from, or the caller is cancelled.
    func waitForLane(among lanes: [Lane]) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !lanes.contains(where: state.lanes.contains), !Task.isCancelled else { return true }
                    state.waiting[number] = Waiter(lanes: lanes, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.continuation.resume()
        }
    }
}
