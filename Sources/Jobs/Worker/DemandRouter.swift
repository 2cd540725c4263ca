internal import Ground
internal import Logging
internal import MediaModel
internal import Redis
internal import Synchronization

/// A demand for a segment that a running task makes, as it is sent to the workers.
struct TaskDemand: Codable, Sendable, Hashable {
    /// The task.
    let task: String
    /// The segment.
    let demand: SegmentDemand
}

/// Passes the demands of viewers to the tasks that a worker runs.
final class DemandRouter: Sendable {
    private let running = Mutex<[String: AsyncStream<SegmentDemand>.Continuation]>([:])

    /// Receives demands until it is cancelled.
    func run(_ dispatcher: Dispatcher) async {
        while !Task.isCancelled {
            do {
                for await message in try await dispatcher.queue.demands() {
                    guard let payload = message.payload,
                        let found = try? JSONText.decode(TaskDemand.self, payload)
                    else { continue }
                    running.withLock { $0[found.task] }?.yield(found.demand)
                }
            } catch {
                // Without Redis no viewer's request gets here; the player asks again.
                try? await dispatcher.clock.sleep(WorkerRecord.interval)
            }
        }
    }

    /// The demands for a task that starts now; only the newest are kept for a slow reader.
    func begin(_ task: String) -> AsyncStream<SegmentDemand> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: SegmentDemand.self, bufferingPolicy: .bufferingNewest(16))
        running.withLock { $0[task] = continuation }
        return stream
    }

    /// Ends the demands for a task.
    func end(_ task: String) { running.withLock { $0.removeValue(forKey: task) }?.finish() }
}
