import ArgumentParser
import Foundation
import Ingest
import MediaModel
import Pipeline

/// How videos are encoded, for every command that encodes.
struct EncodingOptions: ParsableArguments {
    @Option(help: "Rungs as LINES=KBIT[/KBIT above 30 fps], comma-separated; the standard ladder if absent.")
    var ladder: String?

    @Option(help: "x264 preset: ultrafast … veryslow.")
    var preset: String = Ladder.standard.preset

    @Option(help: "x264 constant rate factor, 0 (lossless) … 51 (worst); rungs below 360 lines get one less.")
    var crf: Int = Ladder.standard.constantRateFactor

    @Flag(help: "Leave out the 5.1 rendition of audio that has more than two channels.")
    var stereoOnly = false

    @Option(help: "Seconds a segment aims at.")
    var segmentSeconds: Int = 4

    @Option(help: "Encoder threads a rung.")
    var encoderThreads: Int = Ladder.standard.threads

    @Option(help: "Segments of a task; more compress a little better, fewer lose less when a worker dies.")
    var rangeSegments: Int = 12

    @Flag(help: "Encode the highest rung too, even where the source's own video could be copied.")
    var encodeAll = false

    @Option(help: "Seconds for which a replaced generation stays, for viewers that still play it.")
    var retention: Int = 24 * 3600

    static let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
    /// A task uses about two cores, because its rungs are encoded in parallel.
    static let defaultSlots = max(1, cores / 2)

    private static let presets = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
    ]

    func validate() throws {
        guard Self.presets.contains(preset) else {
            throw ValidationError("--preset must be one of \(Self.presets.joined(separator: ", "))")
        }
        guard (0...51).contains(crf) else { throw ValidationError("--crf must be 0…51") }
        guard (1...30).contains(segmentSeconds) else { throw ValidationError("--segment-seconds must be 1…30") }
        guard (1...16).contains(encoderThreads) else { throw ValidationError("--encoder-threads must be 1…16") }
        guard (1...1000).contains(rangeSegments) else { throw ValidationError("--range-segments must be 1…1000") }
        guard (0...31_536_000).contains(retention) else { throw ValidationError("--retention must be 0…31536000") }
        _ = try rows()
    }

    func settings() throws -> PipelineSettings {
        let ladder = Ladder(rows: try rows(), constantRateFactor: crf, preset: preset, threads: encoderThreads)
        return PipelineSettings(
            planner: Planner(
                ladder: ladder, targetSeconds: segmentSeconds, rangeSegments: rangeSegments,
                surroundBitrate: stereoOnly ? nil : 384_000, allowsPassthrough: !encodeAll),
            retention: Int64(retention) * 1000)
    }

    private func rows() throws -> [Ladder.Row] {
        guard let ladder else { return Ladder.standard.rows }
        return try ladder.split(separator: ",").map { text in
            let parts = text.split(separator: "=")
            let rates = parts.last?.split(separator: "/").compactMap { Int($0) } ?? []
            guard parts.count == 2, let lines = Int(parts[0]), lines >= 16, lines % 2 == 0, let rate = rates.first,
                rate > 0
            else { throw ValidationError("--ladder: “\(text)” is not LINES=KBIT, as in 720=2800") }
            return Ladder.Row(lines: lines, kilobits: rate, fastKilobits: rates.count > 1 ? rates[1] : rate * 3 / 2)
        }
    }
}
