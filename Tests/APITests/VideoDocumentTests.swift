import Catalog
import Foundation
import HummingbirdTesting
import MediaModel
import NIOCore
import SQL
import Testing

@testable import API

/// The JSON of videos, byte by byte: the order of its fields, what is `null` and what is left out.
@Suite("The document of a video", .timeLimit(.minutes(1))) struct VideoDocumentTests {
    /// The JSON that readers get of a video.
    private func documents(
        _ state: VideoState, for audience: VideoAudience, _ change: @escaping @Sendable (inout Video) -> Void,
        is expected: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await Fixture.run { fixture, _ in
            let (_, owner) = try await fixture.signIn()
            var video = Video(
                id: "vid_00000000000000000000000000", ownerID: owner, title: "A \"film\"",
                description: "In two parts.\n", state: state, createdAt: 1_700_000_000_123)
            video.updatedAt = 1_700_000_001_000
            change(&video)
            try await fixture.database.transaction { [video] in try Videos.insert(video, in: $0) }
            let document = try await VideoReader(fixture.services).document(video.id, for: audience)
            let json = String(buffer: try JSONOutput.encode(try #require(document)))
            #expect(json == expected.replacing("OWNER", with: owner), sourceLocation: sourceLocation)
        }
    }

    @Test("a draft has neither length nor playback") func draft() async throws {
        try await documents(
            .draft, for: .everybody, { _ in },
            is: #"""
                {"captions":[],"createdAt":"2023-11-14T22:13:20.123Z","description":"In two parts.\n",\#
                "durationMs":null,"id":"vid_00000000000000000000000000","notes":[],\#
                "owner":{"id":"OWNER","username":"alice"},"playback":null,"progress":0,\#
                "renditions":[],"stages":{"audio":0,"encode":0,"images":0,"probe":0,"publish":0,"upload":0},\#
                "state":"draft","title":"A \"film\"","updatedAt":"2023-11-14T22:13:21.000Z",\#
                "watchUrl":"/watch/vid_00000000000000000000000000"}
                """#)
    }

    @Test("a video that is ready has its times and its playback") func ready() async throws {
        try await documents(
            .ready, for: .everybody, Self.finish,
            is: #"""
                {"captions":[],"createdAt":"2023-11-14T22:13:20.123Z","description":"In two parts.\n",\#
                "durationMs":61500,"id":"vid_00000000000000000000000000","notes":["audio_missing"],\#
                "owner":{"id":"OWNER","username":"alice"},\#
                "playableAt":"2023-11-14T22:13:22.000Z",\#
                "playback":{"dash":"/v/vid_00000000000000000000000000/g1/manifest.mpd",\#
                "hls":"/v/vid_00000000000000000000000000/g1/main.m3u8","poster":null,"smallPoster":null,\#
                "storyboard":null},\#
                "progress":1,"readyAt":"2023-11-14T22:13:23.000Z","renditions":[],"stages":{"audio":1,\#
                "encode":1,"images":1,"probe":1,"publish":1,"upload":1},"state":"ready","title":"A \"film\"",\#
                "updatedAt":"2023-11-14T22:13:21.000Z","watchUrl":"/watch/vid_00000000000000000000000000"}
                """#)
    }

    @Test("a rejection and a failure say why") func reasons() async throws {
        try await documents(
            .rejected, for: .everybody,
            {
                $0.rejectionCode = .tooLong
                $0.rejectionDetail = "It has 99 hours."
            },
            is: #"""
                {"captions":[],"createdAt":"2023-11-14T22:13:20.123Z","description":"In two parts.\n",\#
                "durationMs":null,"id":"vid_00000000000000000000000000","notes":[],\#
                "owner":{"id":"OWNER","username":"alice"},"playback":null,"progress":0,\#
                "rejection":{"code":"too_long","detail":"It has 99 hours."},"renditions":[],"stages":{"audio":0,\#
                "encode":0,"images":0,"probe":0,"publish":0,"upload":1},"state":"rejected","title":"A \"film\"",\#
                "updatedAt":"2023-11-14T22:13:21.000Z","watchUrl":"/watch/vid_00000000000000000000000000"}
                """#)
        try await documents(
            .failed, for: .everybody,
            {
                $0.failureCode = .mediaError
                $0.failureDetail = "It cannot be read."
                $0.playableAt = 1_700_000_002_000
            },
            is: #"""
                {"captions":[],"createdAt":"2023-11-14T22:13:20.123Z","description":"In two parts.\n",\#
                "durationMs":null,"failure":{"code":"media_error","detail":"It cannot be read."},\#
                "id":"vid_00000000000000000000000000","notes":[],\#
                "owner":{"id":"OWNER","username":"alice"},"playableAt":"2023-11-14T22:13:22.000Z",\#
                "playback":null,"progress":0,"renditions":[],"stages":{"audio":0,"encode":0,"images":0,\#
                "probe":0,"publish":0,"upload":1},"state":"failed","title":"A \"film\"",\#
                "updatedAt":"2023-11-14T22:13:21.000Z","watchUrl":"/watch/vid_00000000000000000000000000"}
                """#)
    }

    @Test("a blocked video tells its owner everything but where to play it, and others only that it is blocked")
    func blocked() async throws {
        try await documents(
            .blocked, for: .owner, Self.block,
            is: #"""
                {"block":{"at":"2023-11-14T22:13:24.000Z","reason":"spam"},"captions":[],\#
                "createdAt":"2023-11-14T22:13:20.123Z","description":"In two parts.\n","durationMs":61500,\#
                "failure":{"code":"media_error","detail":"It cannot be read."},\#
                "id":"vid_00000000000000000000000000","notes":["audio_missing"],\#
                "owner":{"id":"OWNER","username":"alice"},\#
                "playableAt":"2023-11-14T22:13:22.000Z","playback":null,"progress":1,\#
                "readyAt":"2023-11-14T22:13:23.000Z","rejection":{"code":"too_long",\#
                "detail":"It has 99 hours."},"renditions":[],"stages":{"audio":1,"encode":1,"images":1,\#
                "probe":1,"publish":1,"upload":1},"state":"blocked","title":"A \"film\"",\#
                "updatedAt":"2023-11-14T22:13:21.000Z","watchUrl":"/watch/vid_00000000000000000000000000"}
                """#)
        try await documents(
            .blocked, for: .everybody, Self.block,
            is: #"""
                {"captions":[],"createdAt":"2023-11-14T22:13:20.123Z","description":"","durationMs":61500,\#
                "id":"vid_00000000000000000000000000","notes":[],"playableAt":"2023-11-14T22:13:22.000Z",\#
                "playback":null,"progress":1,"readyAt":"2023-11-14T22:13:23.000Z","renditions":[],\#
                "stages":{"audio":1,"encode":1,"images":1,"probe":1,"publish":1,"upload":1},"state":"blocked",\#
                "title":"","updatedAt":"2023-11-14T22:13:21.000Z",\#
                "watchUrl":"/watch/vid_00000000000000000000000000"}
                """#)
    }

    @Test("of a blocked video with every value others get values of the listed fields alone, and its owner all values")
    func everyField() throws {
        var video = Video(
            id: "vid_00000000000000000000000000", ownerID: "usr_1", title: "T", description: "D", createdAt: 1)
        Self.block(&video)
        video.state = .blocked
        func fieldsWithValues(for audience: VideoAudience) throws -> Set<String> {
            let document = VideoDocument(
                video: video, owner: .init(id: "usr_1", username: "alice"),
                progress: ProcessingProgress(video, hasVideo: true, hasAudio: true, tasks: [], received: nil),
                renditions: [
                    .init(
                        name: "v240", width: 426, height: 240, language: nil, channels: nil, codecs: "avc1",
                        kept: false,
                        encodeReasons: nil, bitrate: nil, state: "ready")
                ],
                captions: [
                    CaptionDocument(
                        CaptionRecord(
                            videoID: video.id, generation: 1, track: "sen", language: "en", label: "English",
                            webVTT: "", createdAt: 1), label: nil)
                ],
                playback: .init(hls: "/h", dash: "/d", poster: nil, smallPoster: nil, storyboard: nil),
                audience: audience)
            let json = try JSONSerialization.jsonObject(with: Data(JSONOutput.encode(document).readableBytesView))
            let fields = try #require(json as? [String: Any])
            return Set(
                fields.filter { _, value in
                    !(value is NSNull) && (value as? String)?.isEmpty != true && (value as? [Any])?.isEmpty != true
                }.keys)
        }
        // A field that is not in this list must not tell strangers anything; one that is must not show the video.
        #expect(
            try fieldsWithValues(for: .everybody) == [
                "id", "state", "progress", "stages", "durationMs", "createdAt", "updatedAt", "playableAt", "readyAt",
                "watchUrl",
            ])
        #expect(try fieldsWithValues(for: .owner) == Set(VideoDocument.fields.map(\.member.name)))
    }

    private static let finish: @Sendable (inout Video) -> Void = {
        $0.generation = 1
        $0.durationMilliseconds = 61_500
        $0.notes = ["audio_missing"]
        $0.playableAt = 1_700_000_002_000
        $0.readyAt = 1_700_000_003_000
    }

    private static let block: @Sendable (inout Video) -> Void = {
        finish(&$0)
        $0.rejectionCode = .tooLong
        $0.rejectionDetail = "It has 99 hours."
        $0.failureCode = .mediaError
        $0.failureDetail = "It cannot be read."
        $0.block = VideoBlock(reason: "spam", at: 1_700_000_004_000, making: .ready)
    }
}
