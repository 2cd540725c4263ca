import MediaModel
import Testing

@testable import Ingest

@Suite("Shapes and lengths") struct ShapeTests {
    private func shown(_ width: Int, _ height: Int, _ ratio: Rational) -> [Int] {
        let size = DisplaySize(width: width, height: height, sampleAspectRatio: ratio)
        return [size.width, size.height].map { Int($0.doubleValue.rounded()) }
    }

    @Test("Samples become square by a change of the width") func square() {
        #expect(shown(720, 576, Rational(59, 54)) == [787, 576])
        #expect(shown(1280, 1080, Rational(3, 2)) == [1920, 1080])
        #expect(shown(480, 1080, Rational(4)) == [1920, 1080])
        #expect(shown(320, 180, Rational(1, 2)) == [160, 180])
    }

    @Test("Implausible sample aspect ratios are ignored") func absurd() {
        #expect(shown(320, 180, Rational(1000)) == [320, 180])
        #expect(shown(320, 180, Rational(1, 1000)) == [320, 180])
        #expect(shown(320, 180, Rational(Int64(Int32.max), 1)) == [320, 180])
    }

    @Test("No side is longer than encoders accept") func longest() {
        #expect(shown(8192, 4320, Rational(4)) == [8192, 1080])
        #expect(shown(8192, 16, Rational(1)) == [8192, 16])
    }

    @Test(
        "The last frame has its declared duration, unless that is implausible",
        arguments: [
            (40, 40, 40), (5000, 40, 5000), (20, 40, 20), (1, 40, 40), (0, 40, 40), (900_000, 40, 40), (33, 11_370, 33),
            (1, 11_370, 11_370),
        ])
    func lastPicture(claimed: Int64, mean: Int64, expected: Int64) {
        #expect(PlannedSource.Video.lastLength(claimed: claimed, mean: mean, longest: 600_000, shortest: 4) == expected)
    }

    @Test("If the video has a coarse clock, time 0 is a tick of it for all tracks") func origin() {
        #expect(PlannedSource.origin(Rational(-128, 48_000), frames: Rational(1, 25)) == Rational(0))
        #expect(PlannedSource.origin(Rational(-1500, 48_000), frames: Rational(1, 25)) == Rational(-1, 25))
        #expect(PlannedSource.origin(Rational(-1024, 48_000), frames: Rational(1, 12_800)) == Rational(-1024, 48_000))
        #expect(PlannedSource.origin(Rational(-1024, 48_000), frames: nil) == Rational(-1024, 48_000))
    }
}
