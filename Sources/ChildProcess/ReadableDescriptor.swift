import CLaunch
import Foundation
import Glibc
import Synchronization

/// Waits for descriptors to become readable: one thread calls `poll(2)` for all tasks that wait.
///
/// It stands in the place of Dispatch's read sources, whose table of descriptors is not safe while sources come and go on
/// Linux: the process ends with a bad pointer in `_dispatch_event_loop_drain`
/// (swiftlang/swift-corelibs-libdispatch issue 949). The kernel keeps nothing between two calls of `poll`, so a descriptor
/// may be closed as soon as the wait for it has returned.
enum ReadableDescriptor {
    private struct State {
        var waiting: [(descriptor: Int32, continuation: CheckedContinuation<Void, Never>)] = []
        /// The end of a pipe that ends the thread's current `poll`; `nil` until the thread has started.
        var waker: Int32?
    }

    private static let state = Mutex(State())

    /// Returns when a read of the descriptor would not block: it has bytes, has ended or has failed.
    ///
    /// The caller keeps the descriptor open until this returns. While no pipe can be made for the thread, because the
    /// process has no descriptors left, it returns at once: a reader that does not block then tries again, and a wait for the
    /// end of a process blocks its thread.
    static func wait(for descriptor: Int32) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let canWait = state.withLock { state in
                guard let waker = state.waker ?? start() else { return false }
                state.waker = waker
                state.waiting.append((descriptor, continuation))
                var byte: UInt8 = 0
                // A full pipe wakes the thread just as well.
                _ = write(waker, &byte, 1)
                return true
            }
            if !canWait { continuation.resume() }
        }
    }

    /// Starts the thread.
    /// - Returns: The end of the pipe that wakes it, `nil` if no pipe can be made.
    private static func start() -> Int32? {
        guard let pipe = try? ChildPipe() else { return nil }
        for end in [pipe.reading, pipe.writing] { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
        let thread = Thread { run(wokenBy: pipe.reading) }
        thread.name = "readable"
        thread.stackSize = 256 << 10
        thread.start()
        return pipe.writing
    }

    /// The thread's loop, which lasts as long as the process.
    private static func run(wokenBy waker: Int32) {
        while true {
            let watched = [waker] + state.withLock { $0.waiting.map(\.descriptor) }
            var polled = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
            if polled[0].revents != 0 { empty(waker) }
            let ready = Set(polled.dropFirst().filter { $0.revents != 0 }.map(\.fd))
            let continuations = state.withLock { state in
                defer { state.waiting.removeAll { ready.contains($0.descriptor) } }
                return state.waiting.filter { ready.contains($0.descriptor) }.map(\.continuation)
            }
            for continuation in continuations { continuation.resume() }
        }
    }

    private static func empty(_ descriptor: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { space in
            while read(descriptor, space.baseAddress, space.count) > 0 {}
        }
    }
}
