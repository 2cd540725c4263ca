import AV
import MediaModel
import Packager

/// Writes what a muxer cut, after reading its boxes back: a segment that is not as planned never leaves the task.
struct SegmentWriter {
    let track: String
    let scratch: Scratch
    let sink: EventSink

    /// Writes the segment, and the initialization segment at a muxer's first cut.
    ///
    /// A video range's is the same whichever range it comes from. Of sound only the first range's muxer has seen the
    /// priming, so only its edit list takes it back: a later one would make the sound 1024 samples late.
    /// - Throws: ``TranscodeError/segmentMismatch(_:)`` or ``TranscodeError/scratch(_:)``.
    func write(_ cut: FragmentMuxer.Cut, segment: Int, isVideo: Bool, plannedTicks: Int64) throws {
        if let initialization = cut.initialization, isVideo || segment == 0 {
            let codec = try? InitializationReader.read(initialization).tracks.first?.codecString
            let file = ObjectKey.initialization(track: track)
            try scratch.write(initialization, to: file)
            sink(.initialization(track: track, file: file, codec: codec))
        }
        let record: SegmentRecord
        do {
            record = try FragmentReader.read(cut.fragment).record(index: segment, isVideo: isVideo)
        } catch {
            throw TranscodeError.segmentMismatch("\(track) \(segment): \(error)")
        }
        guard record.ticks == plannedTicks, !isVideo || record.keyFrameByteCount > 0 else {
            throw TranscodeError.segmentMismatch(
                "\(track) \(segment): \(record.ticks) ticks for \(plannedTicks), key frame \(record.keyFrameByteCount)")
        }
        let file = ObjectKey.segment(track: track, index: segment)
        try scratch.write(cut.fragment, to: file)
        sink(.segment(track: track, file: file, record: record))
    }
}
