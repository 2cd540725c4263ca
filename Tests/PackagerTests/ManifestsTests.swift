import MediaModel
import Packager
import Testing

@Suite("Manifests by path") struct ManifestsTests {
    private let storyboard = Storyboard(
        intervalMilliseconds: 5000, tileCount: 3, tileWidth: 160, tileHeight: 90, columns: 10, rows: 10)

    @Test("Without measurements there are no I-frame playlists; playlists precede those that refer to them")
    func processing() {
        let plan = SamplePlan.plan(video: SamplePlan.video(), audio: [SamplePlan.audio()], storyboard: storyboard)
        #expect(
            Manifests(plan: plan).paths == [
                "v360/index.m3u8", "v720/index.m3u8", "aund/index.m3u8", "storyboard.vtt", "manifest.mpd", "main.m3u8",
            ])
        #expect(
            Manifests(plan: plan, records: SamplePlan.records).paths == [
                "v360/index.m3u8", "v360/iframes.m3u8", "v720/index.m3u8", "v720/iframes.m3u8", "aund/index.m3u8",
                "storyboard.vtt", "manifest.mpd", "main.m3u8",
            ])
    }

    @Test("Every listed path is rendered with its type") func rendering() throws {
        let manifests = Manifests(
            plan: SamplePlan.plan(video: SamplePlan.video(), audio: [SamplePlan.audio()], storyboard: storyboard),
            records: SamplePlan.records)
        for path in manifests.paths {
            let manifest = try #require(manifests.text(at: path))
            #expect(manifest.path == path && manifest.isFinal && manifest.text.hasSuffix("\n"))
            #expect(manifest.contentType == ContentType.ofFile(named: path))
        }
    }

    @Test("Only manifests that will change are not final") func finality() throws {
        let manifests = Manifests(plan: SamplePlan.common, records: Array(SamplePlan.records.dropLast()))
        #expect(try !#require(manifests.text(at: "main.m3u8")).isFinal)
        #expect(try !#require(manifests.text(at: "manifest.mpd")).isFinal)
        #expect(try #require(manifests.text(at: "v360/index.m3u8")).isFinal)
        #expect(try #require(manifests.text(at: "v360/iframes.m3u8")).isFinal)
    }

    @Test("Media playlists do not change when the tracks are measured") func stable() {
        let before = Manifests(plan: SamplePlan.common)
        let after = Manifests(plan: SamplePlan.common, records: SamplePlan.records)
        for path in ["v360/index.m3u8", "v720/index.m3u8", "aund/index.m3u8"] {
            #expect(before.text(at: path) == after.text(at: path))
        }
    }

    @Test(
        "Other paths have no manifest",
        arguments: [
            "", "/", "main.m3u", "v360", "v360/", "v360/init.mp4", "v1080/index.m3u8", "aund/iframes.m3u8",
            "v360/index.m3u8/", "/v360/index.m3u8", "../main.m3u8", "v360/../main.m3u8", "storyboard.vtt",
            "v360/iframes.m3u8",
        ])
    func unknown(_ path: String) {
        #expect(Manifests(plan: SamplePlan.common).text(at: path) == nil)
    }

    @Test(
        "The MIME type depends on the extension",
        arguments: [
            ("a/index.m3u8", "application/vnd.apple.mpegurl"), ("manifest.mpd", "application/dash+xml"),
            ("v/00001.m4s", "video/iso.segment"), ("init.mp4", "video/mp4"), ("storyboard.vtt", "text/vtt"),
            ("poster-1.JPG", "image/jpeg"), ("poster-small.webp", "image/webp"), ("x.html", "application/octet-stream"),
            ("", "application/octet-stream"), (".", "application/octet-stream"),
        ])
    func types(_ name: String, _ type: String) {
        #expect(ContentType.ofFile(named: name) == type)
    }
}
