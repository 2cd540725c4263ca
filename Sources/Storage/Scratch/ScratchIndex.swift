/// A version of an object that is needed as a local file.
struct ScratchSource: Sendable, Hashable {
    /// The object's key.
    let key: String
    /// The version, such as an ETag.
    let version: String
    /// Size in bytes.
    let byteCount: Int64
}

/// The state of a scratch folder: its copies, their sizes and users. A value without I/O.
///
/// Space is reserved before a copy is loaded, so all copies together, including unfinished ones, never exceed the limit.
struct ScratchIndex: Sendable {
    /// Most bytes of all copies.
    let limit: Int64
    /// Reserved bytes.
    private(set) var used: Int64 = 0
    private var entries: [ScratchSource: Entry] = [:]
    private var clock: UInt64 = 0

    private struct Entry {
        var isReady = false
        var pins = 1
        let number: UInt64
        var lastUse: UInt64
    }

    init(limit: Int64) {
        self.limit = limit
    }

    /// The next step for a request of an object. The copy is pinned unless the result is ``full``.
    enum Claim: Sendable, Hashable {
        /// The copy is complete.
        case ready
        /// The copy is being loaded.
        case wait
        /// Remove these copies, then load the object; its space is reserved.
        case load(removing: [ScratchSource])
        /// Pinned copies use all space.
        case full
    }

    /// Pins an object's copy, and reserves space if there is no copy.
    /// - Returns: The next step, and the number of the copy, which a later copy of the object does not have.
    mutating func claim(_ source: ScratchSource) -> (claim: Claim, pin: UInt64) {
        clock += 1
        if var entry = entries[source] {
            entry.pins += 1
            entry.lastUse = clock
            entries[source] = entry
            return (entry.isReady ? .ready : .wait, entry.number)
        }
        var removed: [ScratchSource] = []
        var free = limit - used
        for candidate in idle where free < source.byteCount {
            removed.append(candidate)
            free += candidate.byteCount
        }
        guard free >= source.byteCount else { return (.full, 0) }
        for gone in removed { forget(gone) }
        entries[source] = Entry(number: clock, lastUse: clock)
        used += source.byteCount
        return (.load(removing: removed), clock)
    }

    /// Removes all copies without a pin from the index.
    mutating func forgetIdle() -> [ScratchSource] {
        let gone = idle
        for source in gone { forget(source) }
        return gone
    }

    /// Complete copies without a pin, the least recently used one first.
    private var idle: [ScratchSource] {
        entries.filter { $0.value.pins == 0 && $0.value.isReady }
            .sorted { $0.value.lastUse < $1.value.lastUse }.map(\.key)
    }

    /// Whether a copy is complete; `nil` without a copy.
    func isReady(_ source: ScratchSource) -> Bool? { entries[source]?.isReady }

    /// Marks a copy as complete.
    mutating func finish(_ source: ScratchSource) { entries[source]?.isReady = true }

    /// Removes a copy and frees its space.
    mutating func forget(_ source: ScratchSource) {
        if entries.removeValue(forKey: source) != nil { used -= source.byteCount }
    }

    /// Releases a pin; the copy stays until its space is needed.
    mutating func unpin(_ source: ScratchSource, _ pin: UInt64) {
        guard var entry = entries[source], entry.number == pin else { return }
        clock += 1
        entry.pins -= 1
        entry.lastUse = clock
        entries[source] = entry
    }
}
