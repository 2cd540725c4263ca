import Foundation

/// A queue between two threads that holds a few elements and makes the faster side wait.
final class BoundedQueue<Element: Sendable>: Sendable {
    private final class State: @unchecked Sendable {
        // Proof for @unchecked: touched only while `condition` is held.
        let condition = NSCondition()
        var elements: [Element] = []
        var isClosed = false
    }

    private let state = State()
    private let capacity: Int

    /// A queue of at most `capacity` elements.
    init(capacity: Int) { self.capacity = capacity }

    /// Adds an element, waiting for room.
    /// - Returns: `false` if the other side has closed the queue; the element is dropped.
    func push(_ element: Element) -> Bool {
        state.condition.lock()
        defer { state.condition.unlock() }
        while state.elements.count >= capacity, !state.isClosed { state.condition.wait() }
        guard !state.isClosed else { return false }
        state.elements.append(element)
        state.condition.broadcast()
        return true
    }

    /// Takes the oldest element, waiting for one; `nil` once the queue is closed and empty.
    func pop() -> Element? {
        state.condition.lock()
        defer { state.condition.unlock() }
        while state.elements.isEmpty, !state.isClosed { state.condition.wait() }
        guard !state.elements.isEmpty else { return nil }
        let element = state.elements.removeFirst()
        state.condition.broadcast()
        return element
    }

    /// Lets nothing more in and wakes everybody who waits.
    func close() {
        state.condition.lock()
        state.isClosed = true
        state.condition.broadcast()
        state.condition.unlock()
    }
}

/// A thread of our own for work that blocks, and what became of it.
final class Lane: Sendable {
    private final class State: @unchecked Sendable {
        // Proof for @unchecked: touched only while `condition` is held.
        let condition = NSCondition()
        var outcome: Result<Void, any Error>?
    }

    private let state = State()

    /// Starts `body` on a thread of its own.
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

    /// Waits for the end.
    /// - Throws: What `body` threw.
    func join() throws {
        state.condition.lock()
        defer { state.condition.unlock() }
        while true {
            if let outcome = state.outcome { return try outcome.get() }
            state.condition.wait()
        }
    }
}
