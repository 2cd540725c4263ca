public import MediaModel

/// One sample of a fragment: a picture or an AAC frame.
public struct FragmentSample: Sendable, Hashable {
    /// Where its bytes lie in the segment.
    public var bytes: Range<Int>
    /// Its length in ticks.
    public var ticks: Int64
    /// Ticks by which it is shown after it is decoded; may be negative.
    public var compositionOffset: Int64
    /// Whether decoding can begin here.
    public var isSync: Bool
}

/// One track's part of a `moof` with its samples.
public struct MediaFragment: Sendable, Hashable {
    /// `mfhd`'s number.
    public var sequenceNumber: Int
    /// `tfhd`'s track.
    public var trackID: Int
    /// `tfdt`: when the first sample is decoded, in ticks.
    public var baseDecodeTicks: Int64
    /// The samples in decoding order.
    public var samples: [FragmentSample]

    /// Length in ticks.
    public var ticks: Int64 { samples.reduce(0) { $0 + $1.ticks } }
}

/// What stands in `trex`: the values of samples about which a fragment says nothing.
public struct SampleDefaults: Sendable, Hashable {
    /// Length in ticks.
    public var ticks: UInt32
    /// Bytes.
    public var byteCount: UInt32
    /// Sample flags (ISO/IEC 14496-12 8.8.3.1).
    public var flags: UInt32

    /// Defaults; all zero unless given.
    public init(ticks: UInt32 = 0, byteCount: UInt32 = 0, flags: UInt32 = 0) {
        self.ticks = ticks
        self.byteCount = byteCount
        self.flags = flags
    }
}

/// Reads a CMAF media segment: `styp`, `sidx`, then `moof` and `mdat`, once or several times.
///
/// Every byte may be hostile: sizes, counts and offsets are checked against the segment before they are used, and the
/// work is bounded by the segment's length and `sampleLimit`.
public enum FragmentReader {
    /// Most samples that a segment may claim; a fragment without per-sample fields costs no bytes a sample.
    public static let sampleLimit = 1 << 16

    /// Reads all fragments of a segment.
    /// - Parameters:
    ///   - bytes: The whole segment.
    ///   - defaults: `trex` of the initialization segment; libavformat's fragments do not need it.
    /// - Returns: The segment; it has at least one fragment and at least one sample.
    /// - Throws: `BoxFailure` for anything that is not a whole, consistent segment.
    public static func read(
        _ bytes: [UInt8], defaults: SampleDefaults = SampleDefaults()
    ) throws(BoxFailure) -> MediaSegment {
        let boxes = try Box.list(bytes)
        let mediaData = boxes.filter { $0.type == "mdat" }.map(\.body)
        var fragments: [MediaFragment] = []
        var room = sampleLimit
        for movie in boxes where movie.type == "moof" {
            let children = try movie.children(of: bytes)
            var header = ByteCursor(bytes, in: try children.require("mfhd").body)
            try header.skip(4)
            let sequenceNumber = Int(try header.uint32())
            for track in children where track.type == "traf" {
                var reader = TrackFragmentReader(
                    bytes: bytes, movie: movie.range, mediaData: mediaData, defaults: defaults, room: room)
                let fragment = try reader.read(track, sequenceNumber: sequenceNumber)
                room = reader.room
                fragments.append(fragment)
            }
        }
        guard fragments.contains(where: { !$0.samples.isEmpty }) else { throw .missing("trun") }
        return MediaSegment(byteCount: bytes.count, fragments: fragments)
    }
}

/// A media segment as its boxes describe it.
public struct MediaSegment: Sendable, Hashable {
    /// Bytes in all.
    public var byteCount: Int
    /// The fragments in order; never empty.
    public var fragments: [MediaFragment]

    /// When the first sample is decoded, in ticks of the track.
    public var baseDecodeTicks: Int64 { fragments.first?.baseDecodeTicks ?? 0 }
    /// Length in ticks.
    public var ticks: Int64 { fragments.reduce(0) { $0 + $1.ticks } }
    /// Samples.
    public var frames: Int { fragments.reduce(0) { $0 + $1.samples.count } }
    /// Whether decoding can begin with the first sample.
    public var startsWithSync: Bool { fragments.lazy.flatMap(\.samples).first?.isSync ?? false }

    /// Bytes from the segment's start to the end of its first sample; `nil` if that one is no key frame.
    public var keyFrameByteCount: Int? {
        guard let first = fragments.lazy.flatMap(\.samples).first, first.isSync else { return nil }
        return first.bytes.upperBound
    }

    /// What the ledger keeps of this segment.
    /// - Parameters:
    ///   - index: The segment's index, counted from 0.
    ///   - isVideo: Whether its first sample is a key frame to be listed; audio has none.
    public func record(index: Int, isVideo: Bool) -> SegmentRecord {
        SegmentRecord(
            index: index, byteCount: byteCount, ticks: ticks, frames: frames,
            keyFrameByteCount: isVideo ? keyFrameByteCount ?? 0 : 0)
    }
}

/// Reads one `traf` (ISO/IEC 14496-12 8.8.6-8.8.12).
private struct TrackFragmentReader {
    let bytes: [UInt8]
    let movie: Range<Int>
    let mediaData: [Range<Int>]
    var defaults: SampleDefaults
    var room: Int
    private var trackID = 0
    private var base = 0
    private var nextSample: Int?

    init(bytes: [UInt8], movie: Range<Int>, mediaData: [Range<Int>], defaults: SampleDefaults, room: Int) {
        self.bytes = bytes
        self.movie = movie
        self.mediaData = mediaData
        self.defaults = defaults
        self.room = room
    }

    mutating func read(_ track: Box, sequenceNumber: Int) throws(BoxFailure) -> MediaFragment {
        let children = try track.children(of: bytes)
        try readHeader(try children.require("tfhd"))
        let time = try decodeTime(try children.require("tfdt"))
        var samples: [FragmentSample] = []
        for run in children where run.type == "trun" { try readRun(run, into: &samples) }
        return MediaFragment(
            sequenceNumber: sequenceNumber, trackID: trackID, baseDecodeTicks: time, samples: samples)
    }

    private mutating func readHeader(_ box: Box) throws(BoxFailure) {
        var cursor = ByteCursor(bytes, in: box.body)
        let flags = try cursor.uint32() & 0xFF_FFFF
        trackID = Int(try cursor.uint32())
        // Without a base of its own a fragment counts from its moof, as default-base-is-moof says outright.
        base = movie.lowerBound
        if flags & 0x01 != 0 {
            guard let offset = Int(exactly: try cursor.uint64()), offset <= bytes.count else {
                throw .malformed(box.type, at: box.range.lowerBound)
            }
            base = offset
        }
        if flags & 0x02 != 0 { try cursor.skip(4) }
        if flags & 0x08 != 0 { defaults.ticks = try cursor.uint32() }
        if flags & 0x10 != 0 { defaults.byteCount = try cursor.uint32() }
        if flags & 0x20 != 0 { defaults.flags = try cursor.uint32() }
    }

    private func decodeTime(_ box: Box) throws(BoxFailure) -> Int64 {
        var cursor = ByteCursor(bytes, in: box.body)
        let version = try cursor.uint32() >> 24
        let time = version == 0 ? UInt64(try cursor.uint32()) : try cursor.uint64()
        // Half the range leaves room to add the longest segment without a check at every sum.
        guard time <= UInt64(Int64.max / 2) else { throw .malformed(box.type, at: box.range.lowerBound) }
        return Int64(time)
    }

    private mutating func readRun(_ box: Box, into samples: inout [FragmentSample]) throws(BoxFailure) {
        var cursor = ByteCursor(bytes, in: box.body)
        let head = try cursor.uint32()
        let flags = head & 0xFF_FFFF
        let isSigned = head >> 24 != 0
        let count = Int(try cursor.uint32())
        guard count <= room else { throw .tooManySamples }
        room -= count
        var position = nextSample ?? base
        if flags & 0x001 != 0 { position = base + Int(Int32(bitPattern: try cursor.uint32())) }
        let firstFlags = flags & 0x004 != 0 ? try cursor.uint32() : nil
        for index in 0..<count {
            let ticks = flags & 0x100 != 0 ? try cursor.uint32() : defaults.ticks
            let byteCount = flags & 0x200 != 0 ? try cursor.uint32() : defaults.byteCount
            var sampleFlags = flags & 0x400 != 0 ? try cursor.uint32() : defaults.flags
            if index == 0, let firstFlags { sampleFlags = firstFlags }
            let offset = flags & 0x800 != 0 ? try cursor.uint32() : 0
            // Both terms are below 2^33, or a checked offset: the sum cannot overflow.
            let end = position + Int(byteCount)
            guard isMediaData(position, end) else { throw .sampleOutside(index: samples.count) }
            samples.append(
                FragmentSample(
                    bytes: position..<end, ticks: Int64(ticks),
                    compositionOffset: isSigned ? Int64(Int32(bitPattern: offset)) : Int64(offset),
                    isSync: sampleFlags & 0x1_0000 == 0))
            position = end
        }
        nextSample = position
    }

    /// Whether the bytes lie within one `mdat`: halves the ordered list, since a segment may hold a great many.
    private func isMediaData(_ start: Int, _ end: Int) -> Bool {
        var low = 0
        var high = mediaData.count
        while low < high {
            let middle = (low + high) / 2
            if mediaData[middle].lowerBound <= start { low = middle + 1 } else { high = middle }
        }
        return low > 0 && end <= mediaData[low - 1].upperBound
    }
}
