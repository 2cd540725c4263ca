import Synchronization

/// A value that arrives once: completed by whoever comes first, awaited by one caller.
///
/// Cancelling the waiting task completes it with `CancellationError`; what arrives later is dropped.
final class ReplyPromise<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case full(Result<Value, any Error>)
    }

    private let state = Mutex(State.empty)

    /// Gives the value; does nothing if there is one already.
    func complete(_ result: Result<Value, any Error>) {
        let waiter: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .full: return nil
            case .waiting(let waiter):
                state = .full(result)
                return waiter
            case .empty:
                state = .full(result)
                return nil
            }
        }
        waiter?.resume(with: result)
    }

    /// Waits for the value. To be called once.
    /// - Throws: What the other side gave, or `CancellationError`.
    func wait() async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Value, any Error>? = state.withLock { state in
                    if case .full(let result) = state { return result }
                    state = .waiting(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            complete(.failure(CancellationError()))
        }
    }
}
