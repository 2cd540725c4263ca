internal import NIOCore

/// The timers of one connection. Starting and stopping one costs an assignment.
///
/// An event loop finds a scheduled task that is to be cancelled by a search among all of its tasks. So a task that was
/// scheduled stays: when it runs and its timer was started again meanwhile, it is scheduled for the rest of the time.
struct ConnectionTimers {
    private struct State {
        /// When the timer is over; `nil` while it does not run.
        var deadline: NIODeadline?
        var task: Scheduled<Void>?
        var taskTime = NIODeadline.distantFuture
    }

    private var states = Array(repeating: State(), count: ConnectionGuard.Timer.allCases.count)

    /// Starts a timer, in place of a running one of the same kind.
    /// - Parameter fired: Called on the loop, perhaps too early; asks ``isOver(_:on:again:)`` first.
    mutating func start(
        _ timer: ConnectionGuard.Timer, _ time: Duration, on loop: any EventLoop, fired: @escaping () -> Void
    ) {
        let deadline = loop.now + TimeAmount(time)
        states[timer.rawValue].deadline = deadline
        guard states[timer.rawValue].taskTime > deadline else { return }
        states[timer.rawValue].task?.cancel()
        schedule(timer, deadline, on: loop, fired)
    }

    /// Whether a timer was started and neither stopped nor over.
    func isRunning(_ timer: ConnectionGuard.Timer) -> Bool { states[timer.rawValue].deadline != nil }

    /// Stops a timer.
    mutating func stop(_ timer: ConnectionGuard.Timer) { states[timer.rawValue].deadline = nil }

    /// Whether the time of a timer whose task has run is over; the timer is stopped then. If it was started again meanwhile,
    /// its task is scheduled for the rest.
    mutating func isOver(
        _ timer: ConnectionGuard.Timer, on loop: any EventLoop, again fired: @escaping () -> Void
    ) -> Bool {
        states[timer.rawValue].task = nil
        states[timer.rawValue].taskTime = .distantFuture
        guard let deadline = states[timer.rawValue].deadline else { return false }
        guard deadline <= loop.now else {
            schedule(timer, deadline, on: loop, fired)
            return false
        }
        states[timer.rawValue].deadline = nil
        return true
    }

    /// Stops all timers and forgets their tasks.
    mutating func cancel() {
        for state in states { state.task?.cancel() }
        states = Array(repeating: State(), count: states.count)
    }

    private mutating func schedule(
        _ timer: ConnectionGuard.Timer, _ deadline: NIODeadline, on loop: any EventLoop, _ fired: @escaping () -> Void
    ) {
        states[timer.rawValue].taskTime = deadline
        states[timer.rawValue].task = loop.assumeIsolated().scheduleTask(deadline: deadline, fired)
    }
}
