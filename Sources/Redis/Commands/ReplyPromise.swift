import Synchronization

/// A value that one caller waits for. The first completion counts; later ones are ignored.
///
/// Cancelling the waiting task completes it with `CancellationError`.
final class ReplyPromise<Value: Sendable>: Sendable, Equatable {
    /// Promises are equal if they are the same object.
    static func == (one: ReplyPromise, other: ReplyPromise) -> Bool { one === other }

    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case full(Result<Value, any Error>)
    }

    private let state = Mutex(State.empty)

    /// Completes the promise, unless it is complete already.
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

    /// Waits for the value; may be called once.
    /// - Throws: The error with which the promise was completed, or `CancellationError`.
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
