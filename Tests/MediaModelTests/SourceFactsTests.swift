import Foundation
import MediaModel
import Testing

@Suite("Facts of a source") struct SourceFactsTests {
    private let audio = AudioFacts(
        streamIndex: 1, codec: "aac", profile: "LC", sampleRate: 48_000, channels: 2, language: "eng",
        timeBase: Rational(1, 48_000), packetCount: 470)

    private func facts(further: [AudioFacts]?) -> SourceFacts {
        SourceFacts(
            container: "mp4", byteCount: 1, durationMilliseconds: 10_000, video: nil, audio: audio,
            furtherAudio: further, coverStream: nil, notes: [])
    }

    @Test("Facts that were stored before there were further tracks can be read") func older() throws {
        let data = try JSONEncoder().encode(facts(further: nil))
        #expect(!String(decoding: data, as: UTF8.self).contains("furtherAudio"))
        #expect(try JSONDecoder().decode(SourceFacts.self, from: data) == facts(further: nil))
    }

    @Test("Further tracks survive storing") func further() throws {
        var second = audio
        (second.streamIndex, second.language) = (2, nil)
        let stored = facts(further: [second])
        #expect(try JSONDecoder().decode(SourceFacts.self, from: JSONEncoder().encode(stored)) == stored)
    }
}
