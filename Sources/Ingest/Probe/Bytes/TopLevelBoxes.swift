/// The boxes at the top level of an MP4, in the file's order (ISO/IEC 14496-12, 4.2). Reads the head of each box and nothing else.
struct TopLevelBoxes: Sequence, IteratorProtocol {
    /// A box.
    struct Box: Equatable {
        /// Its type, four bytes.
        let name: [UInt8]
        /// Where it begins.
        let start: Int64
        /// Where it ends by its own size; `nil` if it extends to the end of the file or its size is impossible.
        let end: Int64?

        func isNamed(_ name: StaticString) -> Bool { self.name.elementsEqual(String(describing: name).utf8) }
    }

    private let read: (_ offset: Int64, _ count: Int) -> [UInt8]
    private var place: Int64? = 0
    private var left = 4096

    /// - Parameter read: Returns up to `count` bytes of the file from an offset on.
    init(read: @escaping (_ offset: Int64, _ count: Int) -> [UInt8]) { self.read = read }

    /// The next box; `nil` behind the last one, behind one without an end and after 4096 boxes.
    mutating func next() -> Box? {
        guard let start = place, left > 0 else { return nil }
        left -= 1
        let head = read(start, 16)
        guard head.count == 16 else { return nil }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        var size = number(head[..<4])
        if size == 1 { size = number(head[8...]) }
        place = size >= 8 && size < UInt64(Int64.max - start) ? start + Int64(size) : nil
        return Box(name: Array(head[4..<8]), start: start, end: place)
    }
}
