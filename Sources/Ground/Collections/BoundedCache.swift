internal import Synchronization

/// Values that were used lately, up to a total cost. Safe to use from any thread.
///
/// When the cost is exceeded, those that were not used for longest go until three quarters of it are left: so keeping the
/// order costs nothing while values are read.
public final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var cost: Int
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var cost = 0
        var uses: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// An empty cache.
    /// - Parameter capacity: Highest total cost, in whatever ``insert(_:for:cost:)`` is told: bytes, or entries.
    public init(capacity: Int) { self.capacity = capacity }

    /// The cost of all cached values.
    public var cost: Int { state.withLock { $0.cost } }

    /// The value of a key, if it is still cached.
    public subscript(key: Key) -> Value? {
        state.withLock { state in
            state.uses += 1
            guard let index = state.entries.index(forKey: key) else { return nil }
            state.entries.values[index].lastUse = state.uses
            return state.entries.values[index].value
        }
    }

    /// Forgets some values.
    public func removeAll(where isMeant: (Key, Value) -> Bool) {
        state.withLock { state in
            for (key, entry) in state.entries where isMeant(key, entry.value) {
                state.entries[key] = nil
                state.cost -= entry.cost
            }
        }
    }

    /// Keeps a value, in place of an earlier one. A value that costs more than the capacity is not cached.
    public func insert(_ value: Value, for key: Key, cost: Int = 1) {
        state.withLock { state in
            if let old = state.entries.removeValue(forKey: key) { state.cost -= old.cost }
            guard cost <= capacity else { return }
            state.uses += 1
            state.entries[key] = Entry(value: value, cost: max(0, cost), lastUse: state.uses)
            state.cost += max(0, cost)
            guard state.cost > capacity else { return }
            for (key, entry) in state.entries.sorted(by: { $0.value.lastUse < $1.value.lastUse })
            where state.cost > capacity / 4 * 3 && entry.lastUse != state.uses {
                state.entries[key] = nil
                state.cost -= entry.cost
            }
        }
    }
}
