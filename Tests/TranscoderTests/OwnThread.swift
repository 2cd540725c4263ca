import Dispatch
import Testing

/// Runs the tests of a suite on threads of their own.
///
/// They encode, which blocks; on the cooperative pool, which has a thread a core, they would hold up every other test.
struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        // A suite's own scope holds its tests' scopes: only those run anything.
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(ThreadExecutor()) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    /// Runs tests on threads of their own.
    static var ownThread: OwnThread { OwnThread() }
}

/// Runs jobs on a queue whose threads are not the cooperative pool's.
private final class ThreadExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "videohost.tests.blocking")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
