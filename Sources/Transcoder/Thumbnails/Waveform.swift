import AV
import MediaModel

/// Draws the level of audio over time: the poster of a source without video.
struct Waveform {
    /// Number of bars.
    let columns: Int
    /// The audio rendition.
    let plan: AudioPlan

    private static let width = 1280
    private static let height = 720

    /// Reads the audio once and draws its peaks.
    func draw(_ source: SourceAccess) throws -> Canvas {
        let levels = try peaks(source)
        let canvas = try Canvas(width: Self.width, height: Self.height, luma: 26)
        let pitch = Self.width / columns
        let loudest = max(levels.max() ?? 0, 0.05)
        for (column, level) in levels.enumerated() {
            let bar = max(4, Int(Double(level / loudest) * Double(Self.height) * 0.7) & ~1)
            canvas.fill(
                x: column * pitch + 1, y: (Self.height - bar) / 2, width: max(2, pitch - 4), height: bar, luma: 168,
                cb: 150, cr: 96)
        }
        return canvas
    }

    private func peaks(_ source: SourceAccess) throws -> [Float] {
        // A copied rendition has the source's own rate, so nothing is resampled here.
        var reader = try AudioMixer(source, plan: plan)
        var peaks = [Float](repeating: 0, count: columns)
        let total = max(1, plan.sampleCount)
        var position: Int64 = 0
        while position < total {
            let count = Int(min(16_384, total - position))
            let block = try reader.read(position, count: count)
            let column = min(columns - 1, Int(position * Int64(columns) / total))
            for channel in block { peaks[column] = max(peaks[column], channel.reduce(0) { max($0, abs($1)) }) }
            position += Int64(count)
            reader.discard(before: position)
        }
        return peaks
    }
}
