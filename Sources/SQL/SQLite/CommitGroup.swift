internal import DequeModule
internal import GRDB
internal import Synchronization

/// Commits transactions that wait for the writer together (group commit).
///
/// A commit flushes the disk, which takes far longer than the statements of a transaction, so transactions that wait at the
/// same time share one flush. Each has its own savepoint: an error undoes only the transaction that throws it. Callers
/// continue after the flush.
final class CommitGroup: Sendable {
    /// One transaction of a caller.
    struct Member: Sendable {
        /// Runs the statements, or throws.
        let work: @Sendable (GRDB.Database) throws -> Void
        /// Continues the caller: with `nil` after the commit, else with the error.
        let conclude: @Sendable ((any Error)?) -> Void
    }

    private let waiting = Mutex<Deque<Member>>([])
    /// Maximum number of transactions in a commit, so that the first of many does not wait for all of them.
    private let largest = 128

    /// Adds a member; the caller then schedules ``run(on:)`` on the writer's thread.
    func add(_ member: Member) {
        waiting.withLock { $0.append(member) }
    }

    /// Commits the waiting members, the oldest first; does nothing if there are none.
    func run(on connection: GRDB.Database) {
        let members = waiting.withLock { waiting in
            let taken = Array(waiting.prefix(largest))
            waiting.removeFirst(taken.count)
            return taken
        }
        guard !members.isEmpty else { return }
        var failures = [(any Error)?](repeating: nil, count: members.count)
        do {
            try connection.inTransaction(.immediate) {
                for (index, member) in members.enumerated() {
                    do {
                        try connection.inSavepoint {
                            try member.work(connection)
                            return .commit
                        }
                    } catch {
                        failures[index] = error
                        // A full or failing disk undoes the whole transaction with all members.
                        if !connection.isInsideTransaction { throw error }
                    }
                }
                return .commit
            }
        } catch {
            for index in members.indices where failures[index] == nil { failures[index] = error }
        }
        for (member, failure) in zip(members, failures) { member.conclude(failure) }
    }
}
