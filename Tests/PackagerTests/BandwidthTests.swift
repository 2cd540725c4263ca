import MediaModel
import Packager
import Testing

@Suite("Bandwidths") struct BandwidthTests {
    @Test("The peak is that of runs of half to one and a half target durations") func windows() {
        // 1 s segments, target 4: the shortest run is 2 s, the longest 6 s. The burst of 1 s is never measured alone.
        let measured = Bandwidth.measured(
            byteCounts: [100, 100, 1000, 100, 100, 100, 100, 100], microseconds: .init(repeating: 1_000_000, count: 8),
            targetDuration: 4)
        #expect(measured == Bandwidth(peak: 4400, average: 1700))
    }

    @Test("A short last segment is only measured with the one before it") func shortTail() {
        let measured = Bandwidth.measured(
            byteCounts: [4000, 4000, 3000], microseconds: [4_000_000, 4_000_000, 1_000_000], targetDuration: 4)
        #expect(measured == Bandwidth(peak: 11_200, average: 9_778))
    }

    @Test("The peak of a track that is shorter than any run is its average") func tiny() {
        #expect(
            Bandwidth.measured(byteCounts: [100], microseconds: [100_000], targetDuration: 1)
                == Bandwidth(peak: 8000, average: 8000))
    }

    @Test("An empty track has no bandwidth") func empty() {
        #expect(Bandwidth.measured(byteCounts: [], microseconds: [], targetDuration: 4) == nil)
        #expect(Bandwidth.measured(byteCounts: [1], microseconds: [0], targetDuration: 4) == nil)
        #expect(Bandwidth.measured(byteCounts: [-5], microseconds: [1], targetDuration: 4) == nil)
    }

    @Test("The sum of very large sizes saturates") func saturation() {
        #expect(
            Bandwidth.measured(byteCounts: [.max, .max], microseconds: [1, 1], targetDuration: 1)
                == Bandwidth(peak: .max, average: .max))
    }
}
