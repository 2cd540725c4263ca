import Foundation
import MediaModel
import Testing

@Suite("How a plan is encoded") struct EncodingMethodTests {
    private func rungs(_ width: Int64, _ height: Int64, preset: String = "veryfast") -> [Rung] {
        var ladder = Ladder.standard
        ladder.preset = preset
        return ladder.rungs(width: Rational(width), height: Rational(height), frameRate: Rational(30))
    }

    @Test("The long lookahead is for one preset and frames of 64 to 1080 lines") func lookahead() {
        let method = EncodingMethod.longLookahead
        for rung in rungs(1920, 1080) {
            #expect(method.lookahead(of: rung)?.frames == 40 && method.lookahead(of: rung)?.rateFactorOffset == 0.25)
        }
        #expect(rungs(3840, 2160).filter { method.lookahead(of: $0) == nil }.map(\.lines) == [1440, 2160])
        #expect(rungs(4096, 16).allSatisfy { method.lookahead(of: $0) == nil })
        for preset in ["ultrafast", "fast"] {
            #expect(rungs(1280, 720, preset: preset).allSatisfy { method.lookahead(of: $0) == nil })
        }
    }

    @Test("The stored name of a method does not change") func stored() throws {
        let data = try JSONEncoder().encode([EncodingMethod.longLookahead])
        #expect(String(decoding: data, as: UTF8.self) == #"["x264\/2"]"#)
        #expect(try JSONDecoder().decode([EncodingMethod].self, from: Data(#"["x264/2"]"#.utf8)) == [.longLookahead])
    }
}
