import AV
public import Foundation
import MediaModel
import Packager

/// The folder that a task writes to. A task writes nowhere else.
public struct Scratch: Sendable {
    /// The folder.
    public let folder: URL

    /// An existing scratch folder.
    public init(folder: URL) { self.folder = folder }

    /// Writes a file and creates its folder if needed.
    /// - Throws: ``TranscodeError/scratch(_:)``.
    func write(_ bytes: [UInt8], to file: String) throws {
        let target = folder.appendingPathComponent(file)
        do {
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: target)
        } catch {
            throw TranscodeError.scratch("\(file): \(error.localizedDescription)")
        }
    }
}

/// Collects the packets of a track and writes them as segments, after parsing the boxes of each: a segment that differs from
/// the plan is an error.
struct SegmentWriter: ~Copyable {
    /// The track's name.
    let track: String
    /// The segment that the next ``cut()`` ends.
    private(set) var segment: Int
    /// Whether no packet was written since the last cut.
    private(set) var isEmpty = true
    private let isVideo: Bool
    private let boundaries: [Int64]
    private var muxer: FragmentMuxer
    private let scratch: Scratch
    private let sink: EventSink

    /// A writer.
    /// - Parameters:
    ///   - boundaries: The times at which the track's segments begin, and the end of the last one, in ticks.
    ///   - segment: The first segment.
    ///   - scratch: The folder for the files.
    ///   - sink: Receives an event for each file.
    init(
        track: String, isVideo: Bool, boundaries: [Int64], from segment: Int, muxer: consuming FragmentMuxer,
        scratch: Scratch, sink: @escaping EventSink
    ) {
        self.track = track
        self.isVideo = isVideo
        self.boundaries = boundaries
        self.segment = segment
        self.muxer = muxer
        self.scratch = scratch
        self.sink = sink
    }

    /// Adds a packet to the current segment.
    mutating func write(_ packet: Packet) throws(AVFailure) {
        try muxer.write(packet)
        isEmpty = false
    }

    /// Ends the current segment and writes it, and with a muxer's first segment the initialization segment.
    ///
    /// All ranges of a rung give the same initialization segment. For audio only that of the first range is written: its
    /// muxer has the priming, so its edit list compensates it.
    /// - Throws: ``TranscodeError/segmentMismatch(_:)``, ``TranscodeError/scratch(_:)`` or `AVFailure`.
    mutating func cut() throws {
        let planned = boundaries[segment + 1] - boundaries[segment]
        let output = try muxer.cut()
        if let initialization = output.initialization, isVideo || segment == 0 {
            let codec = try? InitializationReader.read(initialization).tracks.first?.codecString
            let file = ObjectKey.initialization(track: track)
            try scratch.write(initialization, to: file)
            sink(.initialization(track: track, file: file, codec: codec))
        }
        let record: SegmentRecord
        do {
            record = try FragmentReader.read(output.fragment).record(index: segment, isVideo: isVideo)
        } catch {
            throw TranscodeError.segmentMismatch("\(track) \(segment): \(error)")
        }
        guard record.ticks == planned, !isVideo || record.keyFrameByteCount > 0 else {
            throw TranscodeError.segmentMismatch(
                "\(track) \(segment): \(record.ticks) ticks for \(planned), key frame \(record.keyFrameByteCount)")
        }
        let file = ObjectKey.segment(track: track, index: segment)
        try scratch.write(output.fragment, to: file)
        sink(.segment(track: track, file: file, record: record))
        segment += 1
        isEmpty = true
    }
}
