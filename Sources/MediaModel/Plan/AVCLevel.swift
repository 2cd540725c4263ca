/// The levels of H.264 and their limits (ITU-T H.264 table A-1, bit rates of High profile).
public enum AVCLevel {
    private struct Row {
        let level: Int
        let macroblocksPerSecond: Int
        let macroblocks: Int
        /// kbit/s of Baseline and Main profile; High profile allows 1.25 times as much.
        let kilobits: Int
        /// Macroblocks of the decoded picture buffer (MaxDpbMbs).
        let bufferedMacroblocks: Int
    }

    private static let rows = [
        Row(level: 10, macroblocksPerSecond: 1_485, macroblocks: 99, kilobits: 64, bufferedMacroblocks: 396),
        Row(level: 11, macroblocksPerSecond: 3_000, macroblocks: 396, kilobits: 192, bufferedMacroblocks: 900),
        Row(level: 12, macroblocksPerSecond: 6_000, macroblocks: 396, kilobits: 384, bufferedMacroblocks: 2_376),
        Row(level: 13, macroblocksPerSecond: 11_880, macroblocks: 396, kilobits: 768, bufferedMacroblocks: 2_376),
        Row(level: 20, macroblocksPerSecond: 11_880, macroblocks: 396, kilobits: 2_000, bufferedMacroblocks: 2_376),
        Row(level: 21, macroblocksPerSecond: 19_800, macroblocks: 792, kilobits: 4_000, bufferedMacroblocks: 4_752),
        Row(level: 22, macroblocksPerSecond: 20_250, macroblocks: 1_620, kilobits: 4_000, bufferedMacroblocks: 8_100),
        Row(level: 30, macroblocksPerSecond: 40_500, macroblocks: 1_620, kilobits: 10_000, bufferedMacroblocks: 8_100),
        Row(
            level: 31, macroblocksPerSecond: 108_000, macroblocks: 3_600, kilobits: 14_000, bufferedMacroblocks: 18_000),
        Row(
            level: 32, macroblocksPerSecond: 216_000, macroblocks: 5_120, kilobits: 20_000, bufferedMacroblocks: 20_480),
        Row(
            level: 40, macroblocksPerSecond: 245_760, macroblocks: 8_192, kilobits: 20_000, bufferedMacroblocks: 32_768),
        Row(
            level: 42, macroblocksPerSecond: 522_240, macroblocks: 8_704, kilobits: 50_000, bufferedMacroblocks: 34_816),
        Row(
            level: 50, macroblocksPerSecond: 589_824, macroblocks: 22_080, kilobits: 135_000,
            bufferedMacroblocks: 110_400),
        Row(
            level: 51, macroblocksPerSecond: 983_040, macroblocks: 36_864, kilobits: 240_000,
            bufferedMacroblocks: 184_320),
        Row(
            level: 52, macroblocksPerSecond: 2_073_600, macroblocks: 36_864, kilobits: 240_000,
            bufferedMacroblocks: 184_320),
    ]

    /// The lowest level that allows a frame size, frame rate and bit rate; 5.2 where none does.
    /// - Parameters:
    ///   - width: Encoded width in samples.
    ///   - height: Encoded height in samples.
    ///   - frameRate: Frames a second.
    ///   - bitsPerSecond: Maximum bit rate.
    ///   - bufferedFrames: Size of the decoded picture buffer in frames.
    /// - Returns: The level times ten.
    public static func lowest(
        width: Int, height: Int, frameRate: Rational, bitsPerSecond: Int, bufferedFrames: Int = 0
    ) -> Int {
        let across = (width + 15) / 16
        let down = (height + 15) / 16
        let macroblocks = across * down
        let perSecond = Double(macroblocks) * frameRate.doubleValue
        let row = rows.first {
            // A side may be at most sqrt(8 × MaxFS) macroblocks (A.3.1 f, g).
            macroblocks <= $0.macroblocks && perSecond <= Double($0.macroblocksPerSecond)
                && bitsPerSecond <= $0.kilobits * 1250 && across * across <= 8 * $0.macroblocks
                && down * down <= 8 * $0.macroblocks && macroblocks * bufferedFrames <= $0.bufferedMacroblocks
        }
        return row?.level ?? 52
    }

    /// The size of the decoded picture buffer of a level in frames, at most 16 (A.3.1 h); 16 for an unknown level.
    public static func bufferedFrames(at level: Int, width: Int, height: Int) -> Int {
        guard let row = rows.last(where: { $0.level <= level }), level <= 52 else { return 16 }
        return min(16, row.bufferedMacroblocks / (((width + 15) / 16) * ((height + 15) / 16)))
    }
}
