import Foundation
import Testing

@testable import Pages

@Suite("Pages") struct RenderingTests {
    /// What ``Escapes`` uses itself: `<script>"` in its place.
    private static let noncharacters = "\(scalar(0xFDD0))script\(scalar(0xFDD1))\(scalar(0xFDD3))"

    private static func scalar(_ value: UInt32) -> Character { Character(Unicode.Scalar(value) ?? "?") }

    /// Texts that end elements, attributes and scripts, alone and beside characters that join them.
    private static let hostile = [
        "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='x", "&lt;b&gt;",
        "\"\u{301} onload=\u{301}x", "<\u{338}script>", "\u{600}\"\u{600}<b>", noncharacters,
        "a\u{2028}b", "\u{202E}שלום\u{202C}", "{{t.page.site}} {{{data}}}", "]]> --> <!--",
    ]

    @Test("the texts of users are text, in elements, attributes and data", arguments: hostile)
    func escaping(text: String) throws {
        let json = String(decoding: try JSONEncoder().encode(["title": text]), as: UTF8.self)
        let (hostile, harmless) = (PagesFixture.video(title: text, description: text), PagesFixture.video(title: "x"))
        for (page, plain) in [
            (.watch(hostile, others: [hostile], hasMore: true), .watch(harmless, others: [harmless], hasMore: true)),
            (.start(videos: [hostile], hasMore: false), .start(videos: [harmless], hasMore: false)),
            (.embed(hostile), .embed(harmless)), (.room(id: "room_1", name: text), .room(id: "room_1", name: "x")),
        ] as [(Page, Page)] {
            let html = try PagesFixture.html(page, data: json)
            // Elements are made of these bytes: a text may add none of them.
            for byte in "<>".utf8 {
                let wanted = try PagesFixture.html(plain).utf8.filter { $0 == byte }.count
                #expect(html.utf8.filter { $0 == byte }.count == wanted, "\(Unicode.Scalar(byte))")
            }
            let data = try #require(html.firstMatch(of: /id="page-data">([^<]*)<\/script>/)?.output.1)
            #expect(try JSONDecoder().decode([String: String].self, from: Data(data.utf8)) == ["title": text])
        }
        let watch = try PagesFixture.html(.watch(hostile, others: [], hasMore: false))
        let bytes = Array(watch.utf8)
        let start = try #require(bytes.firstRange(of: Array(#"property="og:title" content=""#.utf8))).upperBound
        let value = bytes[start...].prefix { $0 != UInt8(ascii: "\"") }
        #expect(Self.decoded(String(decoding: value, as: UTF8.self)) == Self.repaired(text))
    }

    @Test("a text is shown as it is, whatever characters join others", arguments: hostile)
    func exactness(text: String) {
        let shown = String(decoding: Escapes.show(Escapes.hide(text)), as: UTF8.self)
        #expect(!shown.utf8.contains { "<>\"'".utf8.contains($0) })
        #expect(Self.decoded(shown) == Self.repaired(text))
    }

    /// The bytes of a text in HTML, with its references replaced by what they stand for.
    private static func decoded(_ html: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(html.utf8)[...]
        let references = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        while !rest.isEmpty {
            if let (reference, text) = references.first(where: { rest.starts(with: $0.0.utf8) }) {
                bytes += text.utf8
                rest = rest.dropFirst(reference.utf8.count)
            } else {
                bytes.append(rest.removeFirst())
            }
        }
        return bytes
    }

    /// The bytes of a text without noncharacters.
    private static func repaired(_ text: String) -> [UInt8] {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            scalars.append((0xFDD0...0xFDD4).contains(scalar.value) ? "\u{FFFD}" : scalar)
        }
        return Array(String(scalars).utf8)
    }

    @Test("a watch page describes its video to programs that show links")
    func metadata() throws {
        let html = try PagesFixture.html(.watch(PagesFixture.video(), others: [], hasMore: false))
        for part in [
            "<title>A film · videohost</title>",
            #"<link rel="canonical" href="https://videos.example.org/watch/vid_1">"#,
            #"<meta property="og:title" content="A film">"#, #"<meta property="og:image:width" content="1280">"#,
            #"<meta property="og:image:height" content="720">"#, #"<meta property="og:site_name" content="videohost">"#,
            #"<meta property="og:video" content="https://videos.example.org/embed/vid_1">"#,
            #"<meta name="twitter:card" content="player">"#, #"<meta property="video:duration" content="3724">"#,
            "/v1/oembed?format=json&amp;url=https%3A%2F%2Fvideos.example.org%2Fwatch%2Fvid_1", "1:02:03",
            #"<h1 id="title" data-part="heading" dir="auto">A film</h1>"#, #"<html lang="en" dir="ltr""#,
        ] {
            #expect(html.contains(part), "\(part)")
        }
        let text = try #require(html.firstMatch(of: /ld\+json">(.*?)<\/script>/)?.output.1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
        #expect(object["@type"] == "VideoObject" && object["duration"] == "PT1H2M3S")
        #expect(object["contentUrl"] == "https://videos.example.org/v/vid_1/g1/main.m3u8")
        #expect(object["thumbnailUrl"] == "https://videos.example.org/v/vid_1/g1/poster-1.jpg")
        #expect(!html.contains("noindex"))
    }

    @Test(
        "a video's shape is the usual one that comes closest, without a name for 16:9",
        arguments: [
            (1920, 1080, nil), (854, 480, nil), (2560, 1080, "21-9"), (640, 480, "4-3"), (720, 720, "1-1"),
            (1080, 1350, "4-5"), (768, 1024, "3-4"), (1080, 1920, "9-16"), (0, 0, nil),
        ] as [(Int, Int, String?)])
    func shape(width: Int, height: Int, name: String?) {
        #expect(VideoFacts.Size(width: width, height: height).shape == name)
    }

    @Test("a card has what its preview and its progress need; an empty one is a pattern for scripts")
    func cards() throws {
        let html = try PagesFixture.html(.start(videos: [PagesFixture.video()], hasMore: true))
        for part in [
            #"data-storyboard="/v/vid_1/g1/storyboard.vtt" data-seconds="3723""#, #"data-part="owner">ada</bdi>"#,
            #"srcset="/v/vid_1/g1/poster-small.webp 480w, /v/vid_1/g1/poster-1.jpg 1280w""#,
            #"src="/v/vid_1/g1/poster-1.jpg""#, #"data-part="time">1:02:03</span>"#,
        ] { #expect(html.components(separatedBy: part).count == 2, "\(part)") }
        let pattern = try #require(html.firstMatch(of: /<template data-part="card">([\s\S]*?)<\/template>/)?.output.1)
        #expect(pattern.contains("<vh-card>") && pattern.contains(#"data-video="""#) && !pattern.contains("src"))
        var older = PagesFixture.video()
        older.smallPoster = nil
        var captioned = older
        captioned.hasCaptions = true
        let others = try PagesFixture.html(.start(videos: [older, captioned], hasMore: false))
        #expect(others.contains(#"src="/v/vid_1/g1/poster-1.jpg""#) && !others.contains("srcset"))
        // The last one is that of the pattern.
        let marks = others.matches(of: /data-part="captions"( hidden)?>/).map { $0.output.1 == nil }
        #expect(marks == [false, true, false])
    }

    @Test("pages that nobody links to ask search engines to leave them out, and name no picture or player")
    func privatePages() throws {
        var unfinished = PagesFixture.video()
        unfinished.playlist = nil
        var pages: [Page] = [
            .watch(unfinished, others: [], hasMore: false), .blocked(others: [], hasMore: false),
            .room(id: "room_1", name: "Evening"),
            .embed(PagesFixture.video()),
        ]
        pages += PageFailure.allCases.map { .failure($0, inFrame: false) }
        for page in pages {
            let html = try PagesFixture.html(page)
            #expect(html.contains(#"<meta name="robots" content="noindex">"#))
            #expect(!html.contains("og:") && !html.contains("ld+json") && !html.contains("oembed"))
            #expect(!html.contains("page."), "a message is missing")
        }
    }

    @Test("rooms and frames name the address that people are to use")
    func addresses() throws {
        let room = try PagesFixture.html(.room(id: "room_1", name: "Evening"))
        #expect(room.contains(#"<link rel="canonical" href="https://videos.example.org/room.html?id=room_1">"#))
        let frame = try PagesFixture.html(.embed(PagesFixture.video()))
        #expect(frame.contains(#"<link rel="canonical" href="https://videos.example.org/watch/vid_1">"#))
    }

    @Test("without an address of the server the page names none")
    func noOrigin() throws {
        let html = try PagesFixture.html(.watch(PagesFixture.video(), others: [], hasMore: false), origin: nil)
        #expect(!html.contains("canonical") && !html.contains("og:url") && html.contains("og:title"))
    }

    @Test("templates ask only for messages that there are, and hold no inline script or style")
    func templates() throws {
        let keys = try PagesFixture.english().keys
        let files = try Folder.files(below: PagesFixture.web + "/templates", ending: ".mustache")
        #expect(files.count > 10)
        for (name, path) in files {
            let text = String(decoding: try Folder.contents(path), as: UTF8.self)
            for match in text.matches(of: /\{\{t\.([A-Za-z.]+)\}\}/) {
                #expect(keys.contains(String(match.output.1)), "\(name): \(match.output.1)")
            }
            #expect(text.firstMatch(of: /<style|\sstyle=|\son[a-z]+=/) == nil, "\(name)")
            for match in text.matches(of: /\{\{\{([^}]*)\}\}\}/) {
                #expect(["data", "head.structuredData"].contains(match.output.1), "\(name): \(match.output.1)")
            }
        }
    }
}
