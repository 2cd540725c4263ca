import Glibc

/// Finds the empty edits of an MP4 file that lie between other edits (ISO/IEC 14496-12 8.6.6).
///
/// FFmpeg 5.1 plays the start of the media during such an edit. When the edit refers to a time after the end of the media
/// instead, it plays nothing and the next edit starts at the right time. So these bytes are replaced while they are read.
struct EmptyEdits {
    /// Replacements for bytes of the file, sorted by offset.
    private(set) var changes: [(offset: Int64, bytes: [UInt8])] = []

    /// Reads that are left for the whole file, one for each box or edit. Bounds the work for a file that consists of boxes only.
    private var readsLeft = 20_000

    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
        defer { changes.sort { $0.offset < $1.offset } }
        for movie in boxes("moov", 0, Int64.max).prefix(1) {
            for track in boxes("trak", movie.lowerBound, movie.upperBound) {
                for edits in boxes("edts", track.lowerBound, track.upperBound) {
                    for list in boxes("elst", edits.lowerBound, edits.upperBound) { collect(list) }
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

    /// The bodies of the boxes of a type between two offsets; at the top level only the first one.
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

    private mutating func collect(_ list: Range<Int64>) {
        guard list.upperBound - list.lowerBound >= 8, let head = read(list.lowerBound, 8) else { return }
        let width: Int64 = head[0] == 1 ? 8 : 4
        let (entry, count) = (2 * width + 4, Int64(clamping: number(head[4...])))
        guard count <= (list.upperBound - list.lowerBound - 8) / entry else { return }
        var hasMedia = false
        for index in 0..<count {
            let place = list.lowerBound + 8 + index * entry + width
            guard let time = read(place, Int(width)) else { return }
            let isEmpty = time.allSatisfy { $0 == 0xff }
            // Empty edits before the media only delay its start, which FFmpeg handles.
            if isEmpty, hasMedia {
                changes.append((place, width == 8 ? [0, 0, 1, 0, 0, 0, 0, 0] : [0x7f, 0xff, 0xff, 0xf0]))
            }
            if !isEmpty { hasMedia = true }
        }
    }
}
