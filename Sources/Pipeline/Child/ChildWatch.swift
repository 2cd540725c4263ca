import ChildProcess
import Glibc
import Synchronization

/// Kills a child that is silent for too long or works too slowly. Time in which the child waits for the parent, or is
/// stopped, counts for neither.
final class ChildWatch: Sendable {
    private let times: Mutex<ChildTimes>
    private let fired = Mutex<String?>(nil)
    private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

    /// Watches until it is stopped.
    /// - Parameters:
    ///   - patience: The longest silence.
    ///   - allowed: The longest time of the whole work.
    ///   - child: The child to kill.
    ///   - didCheck: Called after each check that finds no fault, with the time since the child's last event.
    init(
        patience: Duration, allowed: Duration, child: ChildProcess,
        didCheck: @escaping @Sendable (_ silence: Duration) -> Void
    ) {
        times = Mutex(ChildTimes(patience: patience, allowed: allowed, at: .now))
        let watching = Task { [self] in
            while !Task.isCancelled {
                let now = ContinuousClock.now
                let (reason, next, silence) = times.withLock {
                    ($0.fault(at: now), $0.nextLook(at: now), $0.silence(at: now))
                }
                if let reason {
                    fired.withLock { $0 = reason }
                    child.terminate(signal: SIGKILL)
                    return
                }
                didCheck(silence)
                try? await Task.sleep(until: next, clock: .continuous)
            }
        }
        task.withLock { $0 = watching }
    }

    /// Why the child was killed, if it was.
    var reason: String? { fired.withLock { $0 } }

    /// Stops the clocks for a reason.
    func pause(_ reason: ChildTimes.Pause) { times.withLock { $0.pause(reason, at: .now) } }

    /// Takes a reason away; without any, the clocks run again.
    func resume(_ reason: ChildTimes.Pause) { times.withLock { $0.resume(reason, at: .now) } }

    /// Ends the watch.
    func stop() { task.withLock { $0?.cancel() } }
}

/// The state of the time limits of a child; its caller gives it the time.
struct ChildTimes {
    /// Why the clocks stand.
    enum Pause: Hashable {
        /// The child has sent an event and waits until the parent has handled it.
        case handling
        /// The child is stopped, because a viewer waits for another one's work.
        case yielding
    }

    private let patience: Duration
    private let allowed: Duration
    private var heard: ContinuousClock.Instant
    private var end: ContinuousClock.Instant
    private var pauses: Set<Pause> = []
    private var paused: ContinuousClock.Instant?

    /// The times of a child that starts now.
    init(patience: Duration, allowed: Duration, at now: ContinuousClock.Instant) {
        self.patience = patience
        self.allowed = allowed
        heard = now
        end = now + allowed
    }

    /// Stops both clocks.
    mutating func pause(_ reason: Pause, at now: ContinuousClock.Instant) {
        pauses.insert(reason)
        paused = paused ?? now
    }

    /// Starts both clocks again after the last reason: that of silence from zero, that of the work from where it stopped.
    mutating func resume(_ reason: Pause, at now: ContinuousClock.Instant) {
        pauses.remove(reason)
        guard pauses.isEmpty, let since = paused else { return }
        paused = nil
        heard = now
        end += since.duration(to: now)
    }

    /// Why the child is killed now; `nil` while it is within its limits.
    func fault(at now: ContinuousClock.Instant) -> String? {
        guard paused == nil else { return nil }
        if now >= heard + patience { return "the media child said nothing for \(patience)" }
        return now >= end ? "the media child was not done after \(allowed), far slower than it may be" : nil
    }

    /// The time since the child's last event, or since its start.
    func silence(at now: ContinuousClock.Instant) -> Duration { heard.duration(to: now) }

    /// The earliest time at which ``fault(at:)`` can change.
    func nextLook(at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        paused == nil ? min(heard + patience, end) : now + min(patience, allowed)
    }
}
