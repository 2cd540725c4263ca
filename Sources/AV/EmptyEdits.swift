import Glibc

/// Edits of an MP4 file in which nothing is shown, between others (ISO/IEC 14496-12 8.6.6).
///
/// FFmpeg 5.1 shows the film's beginning there. Read as an edit behind the film's end, such an edit has no picture and no
/// sound, and what follows comes at its time: so the bytes are changed on their way to the demuxer.
struct EmptyEdits {
    /// Bytes to put in place of those in the file, by rising offsets.
    private(set) var changes: [(offset: Int64, bytes: [UInt8])] = []

    /// Boxes and edits that are still looked at, one read each, in the whole file: a file may consist of nothing else.
    private var readsLeft = 20_000

    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
        defer { changes.sort { $0.offset < $1.offset } }
        for movie in boxes("moov", 0, Int64.max).prefix(1) {
            for track in boxes("trak", movie.lowerBound, movie.upperBound) {
                for edits in boxes("edts", track.lowerBound, track.upperBound) {
                    for list in boxes("elst", edits.lowerBound, edits.upperBound) { look(list) }
                }
            }
        }
    }

    private mutating func read(_ offset: Int64, _ count: Int) -> [UInt8]? {
        guard readsLeft > 0 else { return nil }
        readsLeft -= 1
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { space, length in
            length = max(0, pread(descriptor, space.baseAddress, count, off_t(offset)))
        }
        return bytes.count == count ? bytes : nil
    }

    private func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// The bodies of the boxes of a kind between two places; at the top of a file the first one is enough.
    private mutating func boxes(_ kind: String, _ start: Int64, _ end: Int64) -> [Range<Int64>] {
        var (found, place): ([Range<Int64>], Int64) = ([], start)
        while place <= end - 8 {
            guard let head = read(place, 8) else { break }
            var (size, header) = (number(head[..<4]), Int64(8))
            if size == 1 {
                guard let long = read(place + 8, 8) else { break }
                (size, header) = (number(long), 16)
            }
            guard size >= UInt64(header), size <= UInt64(end - place) else { break }
            if head[4...].elementsEqual(kind.utf8) {
                found.append((place + header)..<(place + Int64(size)))
                if end == .max { break }
            }
            place += Int64(size)
        }
        return found
    }

    private mutating func look(_ list: Range<Int64>) {
        guard list.upperBound - list.lowerBound >= 8, let head = read(list.lowerBound, 8) else { return }
        let width: Int64 = head[0] == 1 ? 8 : 4
        let (entry, count) = (2 * width + 4, Int64(clamping: number(head[4...])))
        guard count <= (list.upperBound - list.lowerBound - 8) / entry else { return }
        var hasBegun = false
        for index in 0..<count {
            let place = list.lowerBound + 8 + index * entry + width
            guard let time = read(place, Int(width)) else { return }
            let isEmpty = time.allSatisfy { $0 == 0xff }
            // Those in front of the film only say when it begins.
            if isEmpty, hasBegun {
                changes.append((place, width == 8 ? [0, 0, 1, 0, 0, 0, 0, 0] : [0x7f, 0xff, 0xff, 0xf0]))
            }
            if !isEmpty { hasBegun = true }
        }
    }
}
