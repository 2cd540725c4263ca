import DequeModule
import Foundation

/// A queue of limited capacity between two threads; the faster thread waits.
final class BoundedQueue<Element: Sendable>: Sendable {
    private final class State: @unchecked Sendable {
        // Proof for @unchecked: touched only while `condition` is held.
        let condition = NSCondition()
        var elements: Deque<Element> = []
        var isClosed = false
    }

    private let state = State()
    private let capacity: Int

    /// A queue of at most `capacity` elements.
    init(capacity: Int) { self.capacity = capacity }

    /// Appends an element; waits while the queue is full.
    /// - Returns: `false` if the queue is closed; the element is then dropped.
    func push(_ element: Element) -> Bool {
        state.condition.lock()
        defer { state.condition.unlock() }
        while state.elements.count >= capacity, !state.isClosed { state.condition.wait() }
        guard !state.isClosed else { return false }
        state.elements.append(element)
        state.condition.broadcast()
        return true
    }

    /// Removes the oldest element; waits while the queue is empty. `nil` when it is closed and empty.
    func pop() -> Element? {
        state.condition.lock()
        defer { state.condition.unlock() }
        while state.elements.isEmpty, !state.isClosed { state.condition.wait() }
        guard let element = state.elements.popFirst() else { return nil }
        state.condition.broadcast()
        return element
    }

    /// Closes the queue for new elements and wakes waiting threads.
    func close() {
        state.condition.lock()
        state.isClosed = true
        state.condition.broadcast()
        state.condition.unlock()
    }
}

/// A thread that runs blocking work and keeps its result.
final class WorkerThread: Sendable {
    private final class State: @unchecked Sendable {
        // Proof for @unchecked: touched only while `condition` is held.
        let condition = NSCondition()
        var outcome: Result<Void, any Error>?
    }

    private let state = State()

    /// Starts a thread that runs `body`.
    init(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
        let state = state
        let thread = Thread {
            let outcome = Result { try body() }
            state.condition.lock()
            state.outcome = outcome
            state.condition.broadcast()
            state.condition.unlock()
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Waits until the thread has ended.
    /// - Throws: The error of `body`.
    func join() throws {
        state.condition.lock()
        defer { state.condition.unlock() }
        while true {
            if let outcome = state.outcome { return try outcome.get() }
            state.condition.wait()
        }
    }
}
