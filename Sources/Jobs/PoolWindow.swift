internal import Synchronization

/// How many tasks of one share may be handed out and unfinished at a time.
///
/// Large enough that a single creator can keep the whole pool busy, and not much larger: what is handed out stands in
/// front of whatever another creator brings next. So it follows the pool's slots.
public final class PoolWindow: Sendable {
    private let slots = Atomic(0)
    private let smallest: Int

    /// A window for a pool of unknown size.
    /// - Parameter smallest: Tasks that are handed out however small the pool is.
    public init(smallest: Int = 4) { self.smallest = smallest }

    /// Tasks: one for each slot and half as many again to take at once, `smallest` at least.
    public var size: Int {
        let slots = slots.load(ordering: .relaxed)
        return max(smallest, slots + (slots + 1) / 2)
    }

    /// Stores how many slots the workers that are alive have together.
    public func setSlots(_ count: Int) { slots.store(max(0, min(count, 1_000_000)), ordering: .relaxed) }
}
