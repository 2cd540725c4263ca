import Dispatch
import Testing

/// Runs the tests of a suite on separate threads.
///
/// Encoding blocks its thread. On the cooperative pool, which has a thread for each core, it would delay all other tests.
struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        // The scope of a suite contains the scopes of its tests, and only those run code.
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(ThreadExecutor()) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    /// Runs tests on separate threads.
    static var ownThread: OwnThread { OwnThread() }
}

/// Runs jobs on a queue with threads outside the cooperative pool.
private final class ThreadExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "videohost.tests.blocking")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
