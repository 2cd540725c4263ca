/// Iterates over the objects of two stores in parallel, sorted by key, with one page of each in memory.
///
/// With one store, every pair has only its first object.
struct StoragePairs {
    private var first: Listing
    private var second: Listing?

    init(_ first: any ObjectStore, _ second: (any ObjectStore)?, folder: String) {
        self.first = Listing(store: first, folder: folder)
        self.second = second.map { Listing(store: $0, folder: folder) }
    }

    /// The sizes of the objects with the next key.
    mutating func next() async throws -> (key: String, first: Int64?, second: Int64?)? {
        let left = try await first.peek()
        let right = try await second?.peek()
        switch (left, right) {
        case (nil, nil): return nil
        case (let left?, nil):
            first.advance()
            return (left.key, left.byteCount, nil)
        case (nil, let right?):
            second?.advance()
            return (right.key, nil, right.byteCount)
        case (let left?, let right?):
            if left.key == right.key {
                first.advance()
                second?.advance()
                return (left.key, left.byteCount, right.byteCount)
            }
            if left.key.utf8.lexicographicallyPrecedes(right.key.utf8) {
                first.advance()
                return (left.key, left.byteCount, nil)
            }
            second?.advance()
            return (right.key, nil, right.byteCount)
        }
    }

    private struct Listing {
        private let store: any ObjectStore
        private let folder: String
        private var page: ArraySlice<ObjectEntry> = []
        private var last: String?
        private var isAtEnd = false
        private static let pageSize = 1000

        init(store: any ObjectStore, folder: String) {
            self.store = store
            self.folder = folder
        }

        mutating func peek() async throws -> ObjectEntry? {
            if page.isEmpty, !isAtEnd {
                page = try await store.list(in: folder, after: last, limit: Self.pageSize)[...]
                last = page.last?.key
                isAtEnd = page.isEmpty
            }
            return page.first
        }

        mutating func advance() { page = page.dropFirst() }
    }
}
