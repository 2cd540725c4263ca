import MediaModel
import Packager
import Testing

@Suite("Storyboard tracks") struct StoryboardTrackTests {
    private func storyboard(_ tiles: Int, interval: Int64 = 5000) -> Storyboard {
        Storyboard(
            intervalMilliseconds: interval, tileCount: tiles, tileWidth: 160, tileHeight: 90, columns: 2, rows: 2)
    }

    @Test("Tiles are in rows from left to right, then on the next sheet; the last cue ends with the video")
    func sheets() {
        #expect(
            StoryboardTrack(storyboard: storyboard(5), durationMilliseconds: 26_040).text == """
                WEBVTT

                00:00:00.000 --> 00:00:05.000
                storyboard-1.jpg#xywh=0,0,160,90

                00:00:05.000 --> 00:00:10.000
                storyboard-1.jpg#xywh=160,0,160,90

                00:00:10.000 --> 00:00:15.000
                storyboard-1.jpg#xywh=0,90,160,90

                00:00:15.000 --> 00:00:20.000
                storyboard-1.jpg#xywh=160,90,160,90

                00:00:20.000 --> 00:00:26.040
                storyboard-2.jpg#xywh=0,0,160,90

                """)
    }

    @Test("Tiles after the end are left out, and no cue is empty") func short() {
        let text = StoryboardTrack(storyboard: storyboard(3), durationMilliseconds: 5000).text
        #expect(text == "WEBVTT\n\n00:00:00.000 --> 00:00:05.000\nstoryboard-1.jpg#xywh=0,0,160,90\n")
    }

    @Test("Times beyond an hour have hours") func hours() {
        let text = StoryboardTrack(storyboard: storyboard(2, interval: 36_061_007), durationMilliseconds: 40_000_000)
            .text
        #expect(text.contains("10:01:01.007 --> 11:06:40.000"))
    }

    @Test("An empty grid does not divide by zero") func degenerate() {
        let empty = Storyboard(
            intervalMilliseconds: 0, tileCount: 2, tileWidth: 0, tileHeight: 0, columns: 0, rows: 0)
        #expect(StoryboardTrack(storyboard: empty, durationMilliseconds: 10).text.hasPrefix("WEBVTT\n"))
    }
}
