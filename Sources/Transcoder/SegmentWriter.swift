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

/// Writes the segments of a track after parsing their boxes: a segment that differs from the plan is an error.
struct SegmentWriter {
    /// The track's name.
    let track: String
    /// The folder for the files.
    let scratch: Scratch
    /// Receives an event for each file.
    let sink: EventSink

    /// Writes a segment, and with a muxer's first segment the initialization segment.
    ///
    /// All ranges of a rung give the same initialization segment. For audio only that of the first range is written: its
    /// muxer has the priming, so its edit list compensates it.
    /// - Throws: ``TranscodeError/segmentMismatch(_:)`` or ``TranscodeError/scratch(_:)``.
    func write(_ output: FragmentMuxer.Cut, segment: Int, isVideo: Bool, plannedTicks: Int64) throws {
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
        guard record.ticks == plannedTicks, !isVideo || record.keyFrameByteCount > 0 else {
            throw TranscodeError.segmentMismatch(
                "\(track) \(segment): \(record.ticks) ticks for \(plannedTicks), key frame \(record.keyFrameByteCount)")
        }
        let file = ObjectKey.segment(track: track, index: segment)
        try scratch.write(output.fragment, to: file)
        sink(.segment(track: track, file: file, record: record))
    }
}
