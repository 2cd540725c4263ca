import Testing

@testable import Transcoder

@Suite("Peaks of mixed audio") struct PeakLimiterTests {
    private static let rate = 8000

    /// The output for one channel of audio that arrives in blocks.
    private func limited(_ audio: [Float], blocks: [Int]) -> [Float] {
        var limiter = PeakLimiter(sampleRate: Self.rate)
        var window: [[Float]] = [[]]
        var block = 0
        while window[0].count < audio.count {
            let start = window[0].count
            window[0] += audio[start..<min(audio.count, start + blocks[block % blocks.count])]
            block += 1
            limiter.look(at: window, from: start, base: 0)
            limiter.finish(&window, base: 0, end: Int64(max(0, window[0].count - limiter.reach)))
        }
        limiter.finish(&window, base: 0, end: Int64(audio.count))
        return window[0]
    }

    /// A tone whose level changes every tenth of a second.
    private func tone(_ levels: [Float]) -> [Float] {
        (0..<(levels.count * Self.rate / 10)).map { index in
            levels[index * 10 / Self.rate] * (index % 8 < 4 ? 1 : -1)
        }
    }

    @Test("No sample is above the ceiling, from the first one on", arguments: [[4096], [1, 777, 50]])
    func ceiling(blocks: [Int]) {
        let audio = tone([2.5, 0.1, 0.1, 1.2, 3, 0.5, 0.95])
        #expect(limited(audio, blocks: blocks).allSatisfy { abs($0) <= PeakLimiter.ceiling + 0.0001 })
    }

    @Test("The output does not depend on the sizes of the blocks") func blocks() {
        let audio = tone([0.5, 2, 0.3, 0.9, 0.2, 1.1])
        #expect(limited(audio, blocks: [4800]) == limited(audio, blocks: [1, 3, 1000, 60]))
    }

    @Test("Audio below the ceiling is unchanged, to the bit") func quiet() {
        let audio = tone([0.1, 0.8, 0.3])
        #expect(limited(audio, blocks: [500]) == audio)
    }

    @Test("Constant loud audio stays constant, and the gain rises too slowly to be audible") func steady() {
        let out = limited(tone([2, 2, 2, 2, 0.2, 0.2]), blocks: [900])
        let loud = out[100..<3000].map { abs($0) }
        #expect((loud.max() ?? 0) - (loud.min() ?? 0) < 0.001)
        // A tenth of a second after the loud part the gain is at most 0.2 dB higher.
        #expect(abs(out[4000]) < 0.2 * PeakLimiter.ceiling / 2 * 1.024)
    }

    @Test("The gain is 1 again long after a peak") func recovered() {
        let out = limited(tone([2] + [Float](repeating: 0.5, count: 80)), blocks: [3000])
        #expect(out.suffix(100).allSatisfy { abs($0) == 0.5 })
    }
}

@Suite("Audio that drifts from its timestamps") struct DriftControlTests {
    /// The deviation of audio after a number of seconds with a constant drift, and the largest stretch that was applied.
    private func run(_ drift: Double, seconds: Int) -> (distance: Double, most: Double) {
        var control = DriftControl()
        let frame = 1024.0 / 48_000
        var (distance, most) = (0.0, 0.0)
        for _ in 0..<Int(Double(seconds) / frame) {
            control.note(distance: distance, seconds: frame)
            distance += frame * (drift - (control.stretch ?? 0))
            most = max(most, abs(control.stretch ?? 0))
        }
        return (distance, most)
    }

    @Test("A constant drift is corrected with little stretching", arguments: [0.001, -0.001, 0.004, -0.008])
    func followed(drift: Double) {
        let (distance, most) = run(drift, seconds: 600)
        #expect(abs(distance) < 0.03)
        #expect(most < 1.5 * abs(drift) + 0.004)
    }

    @Test("Rounding errors and jitter of times do not stretch the audio") func rounding() {
        var control = DriftControl()
        for index in 0..<10_000 {
            control.note(distance: index % 2 == 0 ? 0.015 : -0.015, seconds: 0.02)
        }
        #expect(control.stretch == nil)
    }
}
