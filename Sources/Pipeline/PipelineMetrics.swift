public import MediaModel
public import Telemetry

/// The metrics of media work.
public struct PipelineMetrics: Sendable {
    private let playable: Histogram
    private let ready: Histogram
    private let frames: Counter
    private let seconds: Counter
    private let written: Counter
    private let sources: Counter
    private let rejections: Counter

    /// Registers the metrics.
    public init(_ metrics: Metrics) {
        playable = metrics.histogram(
            "videohost_time_to_playable_seconds", "Time from a complete upload to its first segments.",
            buckets: Histogram.longSeconds)
        ready = metrics.histogram(
            "videohost_time_to_ready_seconds", "Time from a complete upload to its complete stream.",
            buckets: Histogram.longSeconds + [7200, 14_400, 43_200])
        frames = metrics.counter(
            "videohost_frames_encoded_total", "Video frames of stored segments, counted in each rung.")
        seconds = metrics.counter("videohost_media_seconds_total", "Seconds of stored segments, counted in each track.")
        written = metrics.counter("videohost_bytes_written_total", "Bytes of segments and images stored.")
        sources = metrics.counter("videohost_source_bytes_total", "Bytes of uploads that were probed.")
        rejections = metrics.counter(
            "videohost_rejections_total", "Uploads that were rejected, by code.",
            labels: [MetricLabel("code", RejectionCode.allCases.map(\.rawValue))])
    }

    func stored(_ segment: SegmentRecord, timescale: Int64, isVideo: Bool) {
        if isVideo { frames.add(Double(segment.frames)) }
        seconds.add(Double(segment.ticks) / Double(max(1, timescale)))
        written.add(Double(segment.byteCount))
    }

    func probed(byteCount: Int64) { sources.add(Double(byteCount)) }

    /// Counts a rejected upload.
    public func rejected(_ code: RejectionCode) { rejections.add(1, code.rawValue) }

    func becamePlayable(after milliseconds: Int64) { playable.record(Double(max(0, milliseconds)) / 1000) }

    func becameReady(after milliseconds: Int64) { ready.record(Double(max(0, milliseconds)) / 1000) }
}
