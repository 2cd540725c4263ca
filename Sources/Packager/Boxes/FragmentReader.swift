public import MediaModel

/// A sample of a fragment: a video frame or an AAC frame.
public struct FragmentSample: Sendable, Hashable {
    /// The range of its bytes in the segment.
    public var bytes: Range<Int>
    /// Duration in ticks.
    public var ticks: Int64
    /// Presentation time minus decoding time in ticks; may be negative.
    public var compositionOffset: Int64
    /// Whether decoding can start here.
    public var isSync: Bool
}

/// A track fragment of a `moof` with its samples.
public struct MediaFragment: Sendable, Hashable {
    /// The sequence number of `mfhd`.
    public var sequenceNumber: Int
    /// The track ID of `tfhd`.
    public var trackID: Int
    /// `tfdt`: decoding time of the first sample in ticks.
    public var baseDecodeTicks: Int64
    /// The samples in decoding order.
    public var samples: [FragmentSample]

    /// Duration in ticks.
    public var ticks: Int64 { samples.reduce(0) { $0 + $1.ticks } }
}

/// The sample defaults of `trex`, for fragments without their own values.
public struct SampleDefaults: Sendable, Hashable {
    /// Duration in ticks.
    public var ticks: UInt32
    /// Size in bytes.
    public var byteCount: UInt32
    /// Sample flags (ISO/IEC 14496-12 8.8.3.1).
    public var flags: UInt32

    /// Defaults, by default all zero.
    public init(ticks: UInt32 = 0, byteCount: UInt32 = 0, flags: UInt32 = 0) {
        self.ticks = ticks
        self.byteCount = byteCount
        self.flags = flags
    }
}

/// Parses a CMAF media segment: `styp`, `sidx`, and one or more pairs of `moof` and `mdat`.
///
/// The bytes are untrusted: sizes, counts and offsets are checked before use, and the segment's length and `sampleLimit`
/// bound the work.
public enum FragmentReader {
    /// Most samples of a segment. A fragment without per-sample fields needs no bytes for its samples.
    public static let sampleLimit = 1 << 16

    /// Parses all fragments of a segment.
    /// - Parameters:
    ///   - bytes: The complete segment.
    ///   - defaults: `trex` of the initialization segment; not needed for libavformat's fragments.
    /// - Returns: A segment with at least one sample.
    /// - Throws: `BoxFailure` if the bytes are not a complete and consistent segment.
    public static func read(
        _ bytes: [UInt8], defaults: SampleDefaults = SampleDefaults()
    ) throws(BoxFailure) -> MediaSegment {
        let boxes = try Box.list(bytes)
        let mediaData = boxes.filter { $0.type == "mdat" }.map(\.body)
        var fragments: [MediaFragment] = []
        var samplesLeft = sampleLimit
        for movie in boxes where movie.type == "moof" {
            let children = try movie.children(of: bytes)
            var header = ByteCursor(bytes, in: try children.require("mfhd").body)
            try header.skip(4)
            let sequenceNumber = Int(try header.uint32())
            for track in children where track.type == "traf" {
                var reader = TrackFragmentReader(
                    bytes: bytes, movie: movie.range, mediaData: mediaData, defaults: defaults, samplesLeft: samplesLeft
                )
                let fragment = try reader.read(track, sequenceNumber: sequenceNumber)
                samplesLeft -= fragment.samples.count
                fragments.append(fragment)
            }
        }
        guard fragments.contains(where: { !$0.samples.isEmpty }) else { throw .missing("trun") }
        return MediaSegment(byteCount: bytes.count, fragments: fragments)
    }
}

/// A parsed media segment.
public struct MediaSegment: Sendable, Hashable {
    /// Size in bytes.
    public var byteCount: Int
    /// The fragments in order; never empty.
    public var fragments: [MediaFragment]

    /// Decoding time of the first sample in ticks of the track.
    public var baseDecodeTicks: Int64 { fragments.first?.baseDecodeTicks ?? 0 }
    /// Duration in ticks.
    public var ticks: Int64 { fragments.reduce(0) { $0 + $1.ticks } }
    /// Number of samples.
    public var frames: Int { fragments.reduce(0) { $0 + $1.samples.count } }
    /// Whether decoding can start with the first sample.
    public var startsWithSync: Bool { fragments.lazy.flatMap(\.samples).first?.isSync ?? false }

    /// Bytes from the segment's start to the end of its first sample; `nil` if that is not a key frame.
    public var keyFrameByteCount: Int? {
        guard let first = fragments.lazy.flatMap(\.samples).first, first.isSync else { return nil }
        return first.bytes.upperBound
    }

    /// The ledger's record of this segment.
    /// - Parameters:
    ///   - index: The segment's index, from 0.
    ///   - isVideo: Whether to record the size of the first key frame, which is 0 for audio.
    public func record(index: Int, isVideo: Bool) -> SegmentRecord {
        SegmentRecord(
            index: index, byteCount: byteCount, ticks: ticks, frames: frames,
            keyFrameByteCount: isVideo ? keyFrameByteCount ?? 0 : 0)
    }
}

/// Parses a `traf` (ISO/IEC 14496-12 8.8.6-8.8.12).
private struct TrackFragmentReader {
    private let bytes: [UInt8]
    private let movie: Range<Int>
    private let mediaData: [Range<Int>]
    private var defaults: SampleDefaults
    private var samplesLeft: Int
    private var trackID = 0
    private var base = 0
    private var nextSample: Int?

    init(bytes: [UInt8], movie: Range<Int>, mediaData: [Range<Int>], defaults: SampleDefaults, samplesLeft: Int) {
        self.bytes = bytes
        self.movie = movie
        self.mediaData = mediaData
        self.defaults = defaults
        self.samplesLeft = samplesLeft
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
        // Without an explicit base, offsets are relative to the moof, as with default-base-is-moof.
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
        // Half the range, so that adding the longest segment cannot overflow.
        guard time <= UInt64(Int64.max / 2) else { throw .malformed(box.type, at: box.range.lowerBound) }
        return Int64(time)
    }

    private mutating func readRun(_ box: Box, into samples: inout [FragmentSample]) throws(BoxFailure) {
        var cursor = ByteCursor(bytes, in: box.body)
        let head = try cursor.uint32()
        let flags = head & 0xFF_FFFF
        let isSigned = head >> 24 != 0
        let count = Int(try cursor.uint32())
        guard count <= samplesLeft else { throw .tooManySamples }
        samplesLeft -= count
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

    /// Whether the bytes lie within one `mdat`; a binary search, since a segment may have many.
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
