/// The table of possible rungs and the settings that all of them share.
///
/// Rows are selected by the shorter side of the upright video, so a portrait clip of 1080×1920 gets the 1080 row.
public struct Ladder: Sendable, Hashable, Codable {
    /// A row: a height and its maximum bit rates.
    public struct Row: Sendable, Hashable, Codable {
        /// Shorter side in lines.
        public var lines: Int
        /// Maximum bit rate in kbit/s up to 30 frames a second.
        public var kilobits: Int
        /// Maximum bit rate in kbit/s above 30 frames a second.
        public var fastKilobits: Int

        /// A row.
        public init(lines: Int, kilobits: Int, fastKilobits: Int) {
            self.lines = lines
            self.kilobits = kilobits
            self.fastKilobits = fastKilobits
        }
    }

    /// The rows, lowest first.
    public var rows: [Row]
    /// x264's constant rate factor, within the maximum bit rates; small rungs get a lower one (``finer``).
    public var constantRateFactor: Int
    /// x264's preset.
    public var preset: String
    /// Frame threads of an encoder. 1 needs the least processor time and memory, since the rungs already run in parallel.
    /// The highest rung gets twice as many from 720 lines on: it is half of all work, and the other rungs wait for it.
    public var threads: Int

    /// A ladder.
    public init(rows: [Row], constantRateFactor: Int, preset: String, threads: Int) {
        self.rows = rows.sorted { $0.lines < $1.lines }
        self.constantRateFactor = constantRateFactor
        self.preset = preset
        self.threads = threads
    }

    /// The ladder used when nothing else is configured.
    public static let standard = Ladder(
        rows: [
            Row(lines: 240, kilobits: 400, fastKilobits: 600),
            Row(lines: 360, kilobits: 800, fastKilobits: 1_200),
            Row(lines: 480, kilobits: 1_400, fastKilobits: 2_100),
            Row(lines: 720, kilobits: 2_800, fastKilobits: 4_200),
            Row(lines: 1080, kilobits: 5_000, fastKilobits: 7_500),
            Row(lines: 1440, kilobits: 9_000, fastKilobits: 13_500),
            Row(lines: 2160, kilobits: 18_000, fastKilobits: 27_000),
        ], constantRateFactor: 23, preset: "veryfast", threads: 1)

    /// Rungs with fewer than `below` lines get a rate factor that is lower by `factor` and a chroma quantizer that is lower by
    /// `colorSteps`.
    ///
    /// A block covers more of a small frame, so the same factor removes more visible detail, most of all of chroma, which has
    /// a quarter of the samples. x264 lowers the chroma quantizer by two as well, from the preset `fast` on.
    public static let finer = (below: 360, factor: 1, colorSteps: 2)

    /// The rungs of a source, lowest first: none larger than the source and no two of nearly the same size.
    ///
    /// A source whose shorter side lies between two rows gets a rung of the source's size if it is at least a tenth larger than
    /// the lower row; that row is dropped if it has more than four fifths of the source's lines. No rung is larger than the
    /// highest row.
    /// - Parameters:
    ///   - width: Width of the upright video in square samples.
    ///   - height: Height of the upright video in square samples.
    ///   - frameRate: Average frames a second.
    /// - Returns: At least one rung for every size.
    public func rungs(width: Rational, height: Rational, frameRate: Rational) -> [Rung] {
        let native = Int(min(width, height).doubleValue.rounded())
        var lines = rows.map(\.lines).filter { $0 <= native }
        if let last = lines.last {
            if native * 10 >= last * 11, last != rows.last?.lines {
                if last * 5 > native * 4 { lines.removeLast() }
                lines.append(native)
            }
        } else {
            lines = [native]
        }
        return lines.map { rung(lines: $0, highest: lines.last, width: width, height: height, frameRate: frameRate) }
    }

    private func rung(lines: Int, highest: Int?, width: Rational, height: Rational, frameRate: Rational) -> Rung {
        let scale = Rational(Int64(lines)) / min(width, height)
        // The nearest even number that is not larger than the source.
        func even(_ side: Rational) -> Int {
            let nearest = Int(((side * scale).doubleValue / 2).rounded()) * 2
            return max(2, nearest > Int(side.doubleValue.rounded()) ? nearest - 2 : nearest)
        }
        let size = (width: even(width), height: even(height))
        let kilobits = ceiling(lines: lines, frameRate: frameRate)
        var rung = Rung(
            name: "v\(min(size.width, size.height))", width: size.width, height: size.height,
            constantRateFactor: constantRateFactor, maximumBitrate: kilobits * 1000, bufferSize: kilobits * 2000,
            preset: preset,
            level: AVCLevel.lowest(
                width: size.width, height: size.height, frameRate: frameRate, bitsPerSecond: kilobits * 1000),
            threads: lines == highest && lines >= 720 ? 2 * threads : threads)
        if rung.lines < Self.finer.below {
            // Not 0, which is lossless and not possible in High profile.
            rung.constantRateFactor = max(min(constantRateFactor, 1), constantRateFactor - Self.finer.factor)
            rung.colorQuantizerOffset = -Self.finer.colorSteps
        }
        return rung
    }

    /// The maximum bit rate in kbit/s of a rung, interpolated between the rows above and below it.
    private func ceiling(lines: Int, frameRate: Rational) -> Int {
        let fast = frameRate > Rational(31)
        func rate(_ row: Row) -> Int { fast ? row.fastKilobits : row.kilobits }
        guard let above = rows.first(where: { $0.lines >= lines }) else { return rows.last.map(rate) ?? 4_000 }
        guard let below = rows.last(where: { $0.lines < lines }), above.lines != lines else {
            return max(100, rate(above) * lines / max(above.lines, 1))
        }
        return rate(below) + (rate(above) - rate(below)) * (lines - below.lines) / (above.lines - below.lines)
    }
}
