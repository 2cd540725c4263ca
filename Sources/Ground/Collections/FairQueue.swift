internal import DequeModule
internal import OrderedCollections

/// A bounded queue that serves groups in turn, so that no group delays the others by adding more elements.
///
/// The elements of one group leave in the order in which they were added. When the queue is full, a group with few elements
/// gets the place of the newest element of the largest group. The queue is a value: it decides, and its owner acts.
public struct FairQueue<Element> {
    /// What became of an added element.
    public enum Admission {
        /// It waits.
        case waits
        /// It waits in the place of the given element, which was the newest of the largest group.
        case replaces(Element)
        /// The queue is full, and no group has at least two elements more than the group of the added one.
        case refused
    }

    /// The largest number of elements.
    public let capacity: Int
    /// The number of elements.
    public private(set) var count = 0
    /// Groups that have elements; the first one is served next.
    private var groups: OrderedDictionary<String, Deque<Element>> = [:]

    /// An empty queue.
    public init(capacity: Int) { self.capacity = capacity }

    /// Adds an element at the end of its group.
    public mutating func add(_ element: Element, of group: String) -> Admission {
        guard capacity > 0 else { return .refused }
        var replaced: Element?
        if count >= capacity {
            let own = groups[group]?.count ?? 0
            guard let largest = groups.max(by: { $0.value.count < $1.value.count }), largest.value.count > own + 1
            else { return .refused }
            replaced = groups[largest.key]?.popLast()
            count -= 1
        }
        groups[group, default: []].append(element)
        count += 1
        return replaced.map { .replaces($0) } ?? .waits
    }

    /// Removes and returns the first ready element of the first group that has one; that group is served last next time.
    /// - Parameter isReady: Whether an element can be served now. Elements that are not ready keep their places.
    /// - Complexity: O(`count`).
    public mutating func next(where isReady: (Element) -> Bool = { _ in true }) -> Element? {
        guard let (group, place) = firstPlace(where: isReady), var waiting = groups.removeValue(forKey: group) else {
            return nil
        }
        let element = waiting.remove(at: place)
        if !waiting.isEmpty { groups[group] = waiting }
        count -= 1
        return element
    }

    /// Removes and returns one element of a group, for example because its caller has stopped waiting.
    public mutating func remove(from group: String, where isMeant: (Element) -> Bool) -> Element? {
        guard let place = groups[group]?.firstIndex(where: isMeant) else { return nil }
        let element = groups[group]?.remove(at: place)
        if groups[group]?.isEmpty == true { groups[group] = nil }
        count -= 1
        return element
    }

    /// Removes and returns all elements that meet a condition, for example all that have waited too long.
    public mutating func removeAll(where isMeant: (Element) -> Bool) -> [Element] {
        var removed: [Element] = []
        for (group, waiting) in groups where waiting.contains(where: isMeant) {
            removed += waiting.filter(isMeant)
            groups[group]?.removeAll(where: isMeant)
        }
        groups.removeAll { $0.value.isEmpty }
        count -= removed.count
        return removed
    }

    private func firstPlace(where isReady: (Element) -> Bool) -> (group: String, place: Int)? {
        for (group, waiting) in groups {
            if let place = waiting.firstIndex(where: isReady) { return (group, place) }
        }
        return nil
    }
}

extension FairQueue: Sendable where Element: Sendable {}
