import Synchronization

/// Stops children for whose work no viewer waits while there are children for whose work one does.
///
/// A stopped child keeps its memory, its lease and its files. It goes on where it stopped.
final class ChildScheduler: Sendable {
    fileprivate struct Child {
        let stop: @Sendable () -> Void
        let proceed: @Sendable () -> Void
    }

    fileprivate struct State {
        var turns: ChildTurns
        var children: [Int: Child] = [:]
    }

    private let state: Mutex<State>

    /// A scheduler without children.
    /// - Parameter slots: How many children run at a time while one of them is urgent.
    init(slots: Int) { state = Mutex(State(turns: ChildTurns(slots: slots))) }

    /// Adds a child that has started.
    /// - Parameters:
    ///   - stop: Stops the child; short and without locks of the caller, since it is called while the state is locked.
    ///   - proceed: Lets it go on, as `stop`.
    /// - Returns: Its number, for ``end(_:)``.
    func begin(isUrgent: Bool, stop: @escaping @Sendable () -> Void, proceed: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            let (number, changes) = state.turns.begin(isUrgent: isUrgent)
            state.children[number] = Child(stop: stop, proceed: proceed)
            state.apply(changes)
            return number
        }
    }

    /// Removes a child that has ended.
    func end(_ number: Int) {
        state.withLock { state in
            state.children[number] = nil
            state.apply(state.turns.end(number))
        }
    }
}

extension ChildScheduler.State {
    /// Signals children while the state is locked, so that signals come in the order of the decisions.
    fileprivate func apply(_ changes: [ChildTurns.Change]) {
        for change in changes {
            switch change {
            case .stop(let number): children[number]?.stop()
            case .proceed(let number): children[number]?.proceed()
            }
        }
    }
}

/// Which children are stopped.
///
/// Urgent children always run. While there are any, the others have the slots that urgent ones leave; those that started
/// first keep theirs.
struct ChildTurns {
    /// What is done with a child.
    enum Change: Hashable {
        /// It is stopped.
        case stop(Int)
        /// It goes on.
        case proceed(Int)
    }

    private let slots: Int
    private var last = 0
    private var urgent: Set<Int> = []
    /// Children that are not urgent, in the order of their starts.
    private var others: [Int] = []
    /// Those of ``others`` that are stopped.
    private(set) var stopped: Set<Int> = []

    /// Turns of no children.
    init(slots: Int) { self.slots = slots }

    /// Adds a running child.
    /// - Returns: Its number, and what changes for others and for itself.
    mutating func begin(isUrgent: Bool) -> (number: Int, changes: [Change]) {
        last += 1
        if isUrgent { urgent.insert(last) } else { others.append(last) }
        return (last, settle())
    }

    /// Removes a child.
    mutating func end(_ number: Int) -> [Change] {
        urgent.remove(number)
        others.removeAll { $0 == number }
        stopped.remove(number)
        return settle()
    }

    private mutating func settle() -> [Change] {
        let free = urgent.isEmpty ? others.count : max(0, slots - urgent.count)
        let wanted = Set(others.dropFirst(free))
        defer { stopped = wanted }
        return wanted.subtracting(stopped).sorted().map(Change.stop)
            + stopped.subtracting(wanted).sorted().map(Change.proceed)
    }
}
