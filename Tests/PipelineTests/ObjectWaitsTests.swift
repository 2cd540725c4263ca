import Ground
import Synchronization
import Testing

@testable import Pipeline

@Suite("Waiting for objects", .timeLimit(.minutes(1))) struct ObjectWaitsTests {
    /// Signals that a test sends, and a store that has what a test says.
    private final class Source: Sendable {
        private let state = Mutex((isThere: false, looks: 0, listeners: [AsyncStream<Void>.Continuation]()))

        var looks: Int { state.withLock { $0.looks } }
        var listeners: Int { state.withLock { $0.listeners.count } }

        func listen() -> AsyncStream<Void> {
            let (stream, send) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            state.withLock { $0.listeners.append(send) }
            return stream
        }

        func look() -> Bool {
            state.withLock { state in
                state.looks += 1
                return state.isThere
            }
        }

        func make() { state.withLock { $0.isThere = true } }

        func signal() { for listener in state.withLock({ $0.listeners }) { listener.yield() } }
    }

    @Test("All waiters for an object share one watch, with one look for each signal")
    func shared() async throws {
        let (waits, source) = (ObjectWaits(), Source())
        try await withThrowingTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    try await waits.wait(for: "a", timeout: .seconds(600)) {
                        source.listen()
                    } look: {
                        source.look()
                    }
                }
            }
            while source.looks < 1 || waits.waiterCount(of: "a") < 100 { await Task.yield() }
            for number in 2...5 {
                source.signal()
                while source.looks < number { await Task.yield() }
            }
            source.make()
            source.signal()
            for try await found in group { #expect(found == .available) }
        }
        #expect(source.listeners == 1 && source.looks == 6)
        #expect(waits.count == 0)
    }

    @Test("An object is asked for again while somebody waits, because others may have given it up")
    func again() async throws {
        let (waits, source) = (ObjectWaits(interval: .milliseconds(5)), Source())
        let asked = Mutex(0)
        let found = try await waits.wait(for: "a", timeout: .seconds(600)) {
            source.listen()
        } again: {
            guard
                asked.withLock({
                    $0 += 1; return $0
                }) == 3
            else { return }
            source.make()
            source.signal()
        } look: {
            source.look()
        }
        #expect(found == .available && asked.withLock { $0 } >= 3)
    }

    @Test("A waiter leaves at its timeout or cancellation, and the last one ends the watch")
    func leaving() async throws {
        let (waits, source) = (ObjectWaits(), Source())
        let patient = Task {
            try await waits.wait(for: "a", timeout: .seconds(600)) {
                source.listen()
            } look: {
                source.look()
            }
        }
        while waits.waiterCount(of: "a") == 0 { await Task.yield() }
        for timeout in [Duration.zero, .milliseconds(10)] {
            let found = try await waits.wait(for: "a", timeout: timeout) {
                source.listen()
            } look: {
                source.look()
            }
            #expect(found == .pending)
        }
        #expect(waits.count == 1 && waits.waiterCount(of: "a") == 1)
        patient.cancel()
        await #expect(throws: CancellationError.self) { try await patient.value }
        #expect(waits.count == 0)
        // Who comes afterwards has a watch of their own.
        source.make()
        #expect(
            try await waits.wait(for: "a", timeout: .seconds(600)) {
                source.listen()
            } look: {
                source.look()
            } == .available)
    }

    @Test("Where the last waiter is cancelled, that is told once, after the watch has ended; other ends are not told")
    func abandoned() async throws {
        let (waits, source) = (ObjectWaits(), Source())
        let (left, telling) = AsyncStream.makeStream(of: Bool.self)
        let wait = { @Sendable (timeout: Duration) in
            try await waits.wait(for: "a", timeout: timeout) {
                source.listen()
            } look: {
                source.look()
            } abandoned: {
                telling.yield(waits.count == 0)
            }
        }
        let waiting = (0..<2).map { _ in Task { try await wait(.seconds(600)) } }
        while waits.waiterCount(of: "a") < 2 { await Task.yield() }
        #expect(try await wait(.zero) == .pending)
        for task in waiting {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(await left.first { _ in true } == true)
        #expect(try await wait(.zero) == .pending)
        telling.finish()
        #expect(await left.reduce(into: 0) { count, _ in count += 1 } == 0)
    }

    @Test("An error reaches all waiters")
    func failing() async throws {
        struct Away: Error {}
        let waits = ObjectWaits()
        await #expect(throws: Away.self) {
            try await waits.wait(for: "a", timeout: .seconds(600)) {
                throw Away()
            } look: {
                true
            }
        }
        #expect(waits.count == 0)
    }
}
