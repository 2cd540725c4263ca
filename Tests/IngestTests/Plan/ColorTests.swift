import MediaModel
import Testing

@testable import Ingest

@Suite("Colours that a source does not declare") struct ColorTests {
    private func assumed(
        primaries: String? = nil, transfer: String? = nil, matrix: String? = nil, width: Int = 320, height: Int = 180
    ) -> ColorFacts {
        ColorFacts(primaries: primaries, transfer: transfer, matrix: matrix, fullRange: false)
            .completed(width: width, height: height)
    }

    @Test("Untagged video is BT.601, in high definition BT.709", arguments: [(320, 180), (720, 576), (1024, 576)])
    func untagged(width: Int, height: Int) {
        #expect(assumed(width: width, height: height).matrix == "smpte170m")
        #expect(assumed(width: 1280, height: 720).matrix == "bt709")
        #expect(assumed(width: 606, height: 1080).matrix == "bt709")
    }

    @Test("Primaries determine the matrix") func primaries() {
        #expect(assumed(primaries: "bt709").matrix == "bt709")
        let wide = assumed(primaries: "bt2020", transfer: "smpte2084", width: 1920, height: 1080)
        #expect(wide.matrix == "bt2020nc" && wide.primaries == "bt2020" && wide.transfer == "smpte2084")
    }

    @Test("RGB gets a matrix") func rgb() {
        #expect(assumed(matrix: "gbr").matrix == "smpte170m")
        #expect(assumed(primaries: "bt709", transfer: "iec61966-2-1", matrix: "gbr").matrix == "bt709")
    }

    @Test("Declared values remain") func said() {
        let color = assumed(primaries: "bt470bg", transfer: "gamma28", matrix: "bt470bg", width: 1920, height: 1080)
        #expect(color.primaries == "bt470bg" && color.transfer == "gamma28" && color.matrix == "bt470bg")
    }
}
