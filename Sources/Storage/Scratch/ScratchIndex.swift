/// An object that is wanted as a local file.
struct ScratchSource: Sendable, Hashable {
    /// Its key.
    let key: String
    /// Tells it from others that had the key before or get it later.
    let version: String
    /// Its bytes.
    let byteCount: Int64
}

/// Which bytes of a scratch folder belong to whom. A value: it decides, others act.
///
/// Room is taken before anything is loaded, so the copies, finished or not, never have more bytes than the limit.
struct ScratchIndex: Sendable {
    /// Most bytes of all copies together.
    let limit: Int64
    /// Bytes that are taken.
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

    /// What to do for somebody who wants an object; that one has a pin unless the answer is ``full``.
    enum Claim: Sendable, Hashable {
        /// The copy is there.
        case ready
        /// Somebody loads it already.
        case wait
        /// Remove these copies, then load it; its room is taken.
        case load(removing: [ScratchSource])
        /// All room is pinned.
        case full
    }

    /// Takes a pin on an object's copy, and the room for it if there is no copy.
    /// - Returns: What to do, and the pin's number, which belongs to this copy and to no later one of the object.
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

    /// Gives up all copies that nobody has open.
    mutating func forgetIdle() -> [ScratchSource] {
        let gone = idle
        for source in gone { forget(source) }
        return gone
    }

    /// Complete copies without a pin; the one that was used longest ago comes first.
    private var idle: [ScratchSource] {
        entries.filter { $0.value.pins == 0 && $0.value.isReady }
            .sorted { $0.value.lastUse < $1.value.lastUse }.map(\.key)
    }

    /// Whether a copy is complete; `nil` if there is none.
    func isReady(_ source: ScratchSource) -> Bool? { entries[source]?.isReady }

    /// The copy is complete.
    mutating func finish(_ source: ScratchSource) { entries[source]?.isReady = true }

    /// The copy could not be made, or is gone: its room is free.
    mutating func forget(_ source: ScratchSource) {
        if entries.removeValue(forKey: source) != nil { used -= source.byteCount }
    }

    /// Gives a pin back; the copy stays until its room is needed.
    mutating func unpin(_ source: ScratchSource, _ pin: UInt64) {
        guard var entry = entries[source], entry.number == pin else { return }
        clock += 1
        entry.pins -= 1
        entry.lastUse = clock
        entries[source] = entry
    }
}
