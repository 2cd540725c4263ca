import Ground
import Testing

@Suite("A queue that is fair to groups")
struct FairQueueTests {
    private func filled(_ capacity: Int, _ elements: [(String, Int)]) -> FairQueue<Int> {
        var queue = FairQueue<Int>(capacity: capacity)
        for (group, element) in elements { _ = queue.add(element, of: group) }
        return queue
    }

    private func drained(_ queue: FairQueue<Int>) -> [Int] {
        var queue = queue
        var elements: [Int] = []
        while let next = queue.next() { elements.append(next) }
        return elements
    }

    @Test("Groups are served in turn, each in its own order")
    func turns() {
        let queue = filled(10, [("a", 1), ("a", 2), ("a", 3), ("b", 11), ("c", 21), ("b", 12)])
        #expect(drained(queue) == [1, 11, 21, 2, 12, 3])
    }

    @Test("A full queue takes the newest from the group that has most, and nothing from its equals")
    func full() {
        var queue = filled(4, [("a", 1), ("a", 2), ("a", 3), ("a", 4)])
        guard case .replaces(4) = queue.add(11, of: "b") else { return #expect(Bool(false)) }
        guard case .replaces(3) = queue.add(12, of: "b") else { return #expect(Bool(false)) }
        guard case .refused = queue.add(13, of: "b") else { return #expect(Bool(false)) }
        guard case .refused = queue.add(5, of: "a") else { return #expect(Bool(false)) }
        guard case .replaces = queue.add(21, of: "c") else { return #expect(Bool(false)) }
        #expect(queue.count == 4)
        #expect(Set(drained(queue)).isSuperset(of: [1, 11, 21]))
    }

    @Test("A removed element is not served, and an empty group has no turn")
    func leaving() {
        var queue = filled(10, [("a", 1), ("b", 11), ("a", 2)])
        #expect(queue.remove(from: "b") { $0 == 11 } == 11)
        #expect(queue.remove(from: "b") { $0 == 11 } == nil)
        #expect(queue.remove(from: "a") { $0 == 1 } == 1)
        #expect(queue.count == 1)
        #expect(drained(queue) == [2])
    }

    @Test("Those who have waited too long leave together, and their turns with them")
    func late() {
        var queue = filled(10, [("a", 1), ("b", 11), ("a", 2), ("c", 21), ("c", 3)])
        #expect(queue.removeAll { $0 > 10 }.sorted() == [11, 21])
        #expect(queue.count == 3)
        #expect(drained(queue) == [1, 3, 2])
    }

    @Test("An element that is not ready keeps its place, and the next group is served")
    func ready() {
        var queue = filled(10, [("a", 1), ("a", 2), ("b", 11), ("b", 12)])
        #expect(queue.next { $0 > 10 } == 11)
        #expect(queue.next { $0 > 12 } == nil)
        #expect(queue.next { $0 == 2 } == 2)
        #expect(queue.count == 2)
        #expect(drained(queue) == [12, 1])
    }

    @Test("Whatever comes and goes, no group has more than one above its share once another was refused")
    func shares() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let capacity = Int.random(in: 1...12, using: &random)
            var queue = FairQueue<(String, Int)>(capacity: capacity)
            for number in 0..<100 {
                let group = ["a", "b", "c"].randomElement(using: &random) ?? "a"
                let before = drainedGroups(queue)
                switch queue.add((group, number), of: group) {
                case .waits: #expect(before.count < capacity)
                case .replaces(let other):
                    #expect(before.count { $0 == other.0 } > before.count { $0 == group } + 1)
                case .refused:
                    let own = before.count { $0 == group }
                    #expect(before.count == capacity)
                    for rival in ["a", "b", "c"] { #expect(before.count { $0 == rival } <= own + 1) }
                }
                if Int.random(in: 0..<3, using: &random) == 0 { _ = queue.next() }
                #expect(queue.count == drainedGroups(queue).count && queue.count <= capacity)
            }
        }
    }

    private func drainedGroups(_ queue: FairQueue<(String, Int)>) -> [String] {
        var queue = queue
        var groups: [String] = []
        while let next = queue.next() { groups.append(next.0) }
        return groups
    }
}
