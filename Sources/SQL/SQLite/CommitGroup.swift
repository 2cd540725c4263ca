internal import GRDB
internal import Synchronization

/// Transactions that wait while another one is being committed, and are then committed together.
///
/// Each commit flushes the disk, which takes far longer than what a transaction does; so all that came meanwhile share
/// one flush. Each is a savepoint of its own: what one throws undoes it alone. None is told that it is done before the
/// flush that makes it so.
final class CommitGroup: Sendable {
    /// One transaction of a caller.
    struct Member: Sendable {
        /// Does its work and keeps the value, or throws.
        let work: @Sendable (GRDB.Database) throws -> Void
        /// Tells the caller: `nil` once it is committed, else why it is not.
        let conclude: @Sendable ((any Error)?) -> Void
    }

    private let waiting = Mutex<[Member]>([])
    /// So that the first of many does not wait for all of them.
    private let largest = 128

    /// Adds a member; ``run(on:)`` has to be called on the writer's thread some time after.
    func add(_ member: Member) {
        waiting.withLock { $0.append(member) }
    }

    /// Commits what waits, the oldest first; does nothing if somebody else has done so already.
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
                        // A full disk or a failing one undoes the whole transaction, and with it the others' work.
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
