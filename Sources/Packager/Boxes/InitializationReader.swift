/// An entry of an edit list (ISO/IEC 14496-12 8.6.6).
public struct EditEntry: Sendable, Hashable {
    /// Duration in ticks of the movie; 0 in fragmented files, where it means the rest of the track.
    public var movieTicks: UInt64
    /// Media time at which the edit starts, in ticks of the track; `nil` for an empty edit.
    public var mediaTicks: Int64?
}

/// A track of an initialization segment.
public struct InitializationTrack: Sendable, Hashable {
    /// The track ID of `tkhd`.
    public var trackID: Int
    /// `vide`, `soun`, …
    public var handler: FourCC
    /// Ticks a second; greater than zero.
    public var timescale: Int64
    /// RFC 6381 codec string; for codecs other than H.264 and AAC the type of the sample entry.
    public var codecString: String
    /// Sample entry: `avc1`, `mp4a`, …
    public var sampleEntry: FourCC
    /// Video width in samples; 0 for audio.
    public var width: Int
    /// Video height in samples; 0 for audio.
    public var height: Int
    /// Number of channels; 0 for video.
    public var channels: Int
    /// Samples a second; 0 for video.
    public var sampleRate: Int
    /// The edit list; empty without one.
    public var edits: [EditEntry]
    /// The defaults of `trex`.
    public var defaults: SampleDefaults
}

/// A parsed initialization segment.
public struct InitializationSegment: Sendable, Hashable {
    /// Major and compatible brands of `ftyp`.
    public var brands: [FourCC]
    /// The tracks; never empty.
    public var tracks: [InitializationTrack]
}

/// Parses an initialization segment: `ftyp` and `moov`. The bytes are untrusted; see `FragmentReader`.
public enum InitializationReader {
    /// Parses brands and tracks.
    /// - Throws: `BoxFailure` if the bytes are not a complete initialization segment.
    public static func read(_ bytes: [UInt8]) throws(BoxFailure) -> InitializationSegment {
        let boxes = try Box.list(bytes)
        let brands = try brands(bytes, try boxes.require("ftyp"))
        let movie = try boxes.require("moov").children(of: bytes)
        let defaults = try defaults(bytes, movie)
        var tracks: [InitializationTrack] = []
        for box in movie where box.type == "trak" { tracks.append(try track(bytes, box, defaults)) }
        guard !tracks.isEmpty else { throw .missing("trak") }
        return InitializationSegment(brands: brands, tracks: tracks)
    }

    private static func brands(_ bytes: [UInt8], _ box: Box) throws(BoxFailure) -> [FourCC] {
        var cursor = ByteCursor(bytes, in: box.body)
        var brands = [FourCC(try cursor.uint32())]
        try cursor.skip(4)
        while cursor.remaining >= 4 { brands.append(FourCC(try cursor.uint32())) }
        return brands
    }

    private static func defaults(_ bytes: [UInt8], _ movie: [Box]) throws(BoxFailure) -> [Int: SampleDefaults] {
        guard let extends = movie.first("mvex") else { return [:] }
        var defaults: [Int: SampleDefaults] = [:]
        for box in try extends.children(of: bytes) where box.type == "trex" {
            var cursor = ByteCursor(bytes, in: box.body)
            try cursor.skip(4)
            let trackID = Int(try cursor.uint32())
            try cursor.skip(4)
            defaults[trackID] = SampleDefaults(
                ticks: try cursor.uint32(), byteCount: try cursor.uint32(), flags: try cursor.uint32())
        }
        return defaults
    }

    private static func track(
        _ bytes: [UInt8], _ box: Box, _ defaults: [Int: SampleDefaults]
    ) throws(BoxFailure) -> InitializationTrack {
        let children = try box.children(of: bytes)
        var header = ByteCursor(bytes, in: try children.require("tkhd").body)
        try header.skip(try header.uint32() >> 24 == 1 ? 16 : 8)
        let trackID = Int(try header.uint32())
        let media = try children.require("mdia").children(of: bytes)
        var mediaHeader = ByteCursor(bytes, in: try media.require("mdhd").body)
        try mediaHeader.skip(try mediaHeader.uint32() >> 24 == 1 ? 16 : 8)
        let timescale = Int64(try mediaHeader.uint32())
        guard timescale > 0 else { throw .malformed("mdhd", at: box.range.lowerBound) }
        var handler = ByteCursor(bytes, in: try media.require("hdlr").body)
        try handler.skip(8)
        let information = try media.require("minf").children(of: bytes)
        let samples = try information.require("stbl").children(of: bytes)
        var track = InitializationTrack(
            trackID: trackID, handler: FourCC(try handler.uint32()), timescale: timescale, codecString: "",
            sampleEntry: "", width: 0, height: 0, channels: 0, sampleRate: 0,
            edits: try edits(bytes, children), defaults: defaults[trackID] ?? SampleDefaults())
        // The entries of stsd follow version, flags and a count.
        guard let entry = try samples.require("stsd").children(of: bytes, skipping: 8).first else {
            throw .missing("stsd")
        }
        try describe(&track, bytes, entry)
        return track
    }

    private static func describe(
        _ track: inout InitializationTrack, _ bytes: [UInt8], _ entry: Box
    ) throws(BoxFailure) {
        track.sampleEntry = entry.type
        track.codecString = entry.type.description
        var cursor = ByteCursor(bytes, in: entry.body)
        switch track.handler {
        case "vide":
            try cursor.skip(24)
            track.width = Int(try cursor.uint16())
            track.height = Int(try cursor.uint16())
            if let configuration = try entry.children(of: bytes, skipping: 78).first("avcC") {
                track.codecString = CodecString.avc(configuration: bytes[configuration.body]) ?? track.codecString
            }
        case "soun":
            try cursor.skip(16)
            track.channels = Int(try cursor.uint16())
            try cursor.skip(6)
            track.sampleRate = Int(try cursor.uint32() >> 16)
            if let stream = try entry.children(of: bytes, skipping: 28).first("esds") {
                track.codecString =
                    CodecString.mpeg4Audio(elementaryStream: Array(bytes[stream.body])) ?? track.codecString
            }
        default: break
        }
    }

    private static func edits(_ bytes: [UInt8], _ track: [Box]) throws(BoxFailure) -> [EditEntry] {
        guard let list = try track.first("edts")?.children(of: bytes).first("elst") else { return [] }
        var cursor = ByteCursor(bytes, in: list.body)
        let isWide = try cursor.uint32() >> 24 == 1
        let count = Int(try cursor.uint32())
        // The count is untrusted: checked before anything is stored.
        guard count <= cursor.remaining / (isWide ? 20 : 12) else { throw .truncated(at: list.range.upperBound) }
        var edits: [EditEntry] = []
        for _ in 0..<count {
            let length = isWide ? try cursor.uint64() : UInt64(try cursor.uint32())
            let time =
                isWide
                ? Int64(bitPattern: try cursor.uint64()) : Int64(Int32(bitPattern: try cursor.uint32()))
            try cursor.skip(4)
            edits.append(EditEntry(movieTicks: length, mediaTicks: time < 0 ? nil : time))
        }
        return edits
    }
}
