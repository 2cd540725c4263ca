/// What waits to be done, of groups that are served in turn, so that no group holds up another by sending more.
///
/// A full queue takes from the group that has most in it for one that has less. A value: it decides, others act.
struct FairQueue<Element> {
    /// What became of something that was added.
    enum Admission {
        /// It waits.
        case waits
        /// It waits, in the place of this one, the newest of the group that had most.
        case replaces(Element)
        /// There is no room, and no group has more than its own.
        case refused
    }

    /// Most elements.
    let capacity: Int
    private(set) var count = 0
    private var groups: [String: [Element]] = [:]
    /// Groups that have something, the next one to be served first.
    private var turns: [String] = []

    init(capacity: Int) { self.capacity = capacity }

    /// Adds an element behind those of its group.
    mutating func add(_ element: Element, of group: String) -> Admission {
        guard capacity > 0 else { return .refused }
        var replaced: Element?
        if count >= capacity {
            let own = groups[group]?.count ?? 0
            guard let largest = turns.max(by: { size($0) < size($1) }), size(largest) > own + 1 else {
                return .refused
            }
            replaced = groups[largest]?.popLast()
            count -= 1
        }
        if groups[group] == nil { turns.append(group) }
        groups[group, default: []].append(element)
        count += 1
        return replaced.map { .replaces($0) } ?? .waits
    }

    /// Takes out the element whose turn it is.
    mutating func next() -> Element? {
        guard let group = turns.first, var waiting = groups[group], !waiting.isEmpty else { return nil }
        turns.removeFirst()
        let element = waiting.removeFirst()
        if !waiting.isEmpty { turns.append(group) }
        groups[group] = waiting.isEmpty ? nil : waiting
        count -= 1
        return element
    }

    /// Takes out one that does not want to wait any more.
    mutating func remove(from group: String, where isMeant: (Element) -> Bool) -> Element? {
        guard let index = groups[group]?.firstIndex(where: isMeant) else { return nil }
        let element = groups[group]?.remove(at: index)
        count -= 1
        if groups[group]?.isEmpty == true {
            groups[group] = nil
            turns.removeAll { $0 == group }
        }
        return element
    }

    /// Takes out all that have waited long enough, say, in no order.
    mutating func removeAll(where isMeant: (Element) -> Bool) -> [Element] {
        var removed: [Element] = []
        for group in turns {
            let waiting = groups[group] ?? []
            removed += waiting.filter(isMeant)
            let rest = waiting.filter { !isMeant($0) }
            groups[group] = rest.isEmpty ? nil : rest
        }
        turns = turns.filter { groups[$0] != nil }
        count -= removed.count
        return removed
    }

    private func size(_ group: String) -> Int { groups[group]?.count ?? 0 }
}
