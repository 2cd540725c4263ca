import Dispatch
import Glibc
import Ground
import Synchronization

/// Kills a child whose folder exceeds its limit or cannot be measured.
///
/// The kernel's limit is on each file; nothing but a look at the folder adds them up. A confined child can neither remove
/// files nor make ones without a name, so what it wrote is there to be counted.
public final class FolderWatch: Sendable {
    private enum State {
        case watching
        case fired
        case stopped
    }

    private let state = Mutex(State.watching)

    /// Looks at the folder until it is stopped, on a thread that no other watch uses.
    /// - Parameters:
    ///   - folder: Path of the folder.
    ///   - limit: Bytes of all that is in it; each entry counts for at least 4 KiB.
    ///   - interval: Time between looks, and so the measure of what can be written beyond the limit.
    ///   - child: What is killed.
    public init(folder: String, limit: UInt64, interval: Duration = .milliseconds(250), child: ChildProcess) {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "videohost.child-process.folder"))
        timer.schedule(deadline: .now(), repeating: .nanoseconds(Int(interval / .nanoseconds(1))))
        timer.setEventHandler { [self] in
            guard state.withLock({ $0 == .watching }) else { return timer.cancel() }
            if let sum = FolderTree.byteCount(of: folder, upTo: limit), sum <= limit { return }
            state.withLock { if $0 == .watching { $0 = .fired } }
            child.terminate(signal: SIGKILL)
        }
        timer.activate()
    }

    /// Whether the child was killed for this.
    public var hasFired: Bool { state.withLock { $0 == .fired } }

    /// Ends the watch; whether it has fired stays known.
    public func stop() { state.withLock { if $0 == .watching { $0 = .stopped } } }
}
