internal import Ground
internal import Logging
public import MediaModel
internal import Redis
internal import Synchronization

/// What happens to the demands of viewers for a running task.
public enum DemandChange: Sendable, Hashable {
    /// A viewer waits for a segment of it.
    case raised(SegmentDemand)
    /// The viewer for whom it was made urgent waits no more.
    case withdrawn

    /// The segment for which a viewer waits; `nil` if he waits no more.
    public var demand: SegmentDemand? { if case .raised(let demand) = self { demand } else { nil } }
}

/// A change of the demands for a running task, as it is sent to the workers. One of the two fields is there. Workers before
/// withdrawals read no message without a demand.
struct TaskDemand: Codable, Sendable, Hashable {
    /// The task.
    let task: String
    /// The segment that a viewer wants.
    var demand: SegmentDemand?
    /// Whether the demand has ended.
    var isWithdrawn: Bool?

    /// What the message says.
    var change: DemandChange? { demand.map(DemandChange.raised) ?? (isWithdrawn == true ? .withdrawn : nil) }
}

/// Passes the demands of viewers to the tasks that a worker runs.
final class DemandRouter: Sendable {
    private let running = Mutex<[String: AsyncStream<DemandChange>.Continuation]>([:])

    /// Receives demands until it is cancelled.
    func run(_ dispatcher: Dispatcher) async {
        while !Task.isCancelled {
            do {
                for await message in try await dispatcher.queue.demands() {
                    guard let payload = message.payload,
                        let found = try? JSONText.decode(TaskDemand.self, payload), let change = found.change
                    else { continue }
                    _ = running.withLock { $0[found.task]?.yield(change) }
                }
            } catch {
                // Without Redis no viewer's request gets here; the player asks again.
                try? await dispatcher.clock.sleep(WorkerRecord.interval)
            }
        }
    }

    /// The demands for a task that starts now; only the newest are kept for a slow reader.
    func begin(_ task: String) -> AsyncStream<DemandChange> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: DemandChange.self, bufferingPolicy: .bufferingNewest(16))
        running.withLock { $0[task] = continuation }
        return stream
    }

    /// Ends the demands for a task.
    func end(_ task: String) { running.withLock { $0.removeValue(forKey: task) }?.finish() }
}
