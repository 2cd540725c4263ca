import Ground
import HummingbirdCore
import NIOCore

@testable import API
@testable import Catalog

extension FuzzedParser {
    /// Queries and JSON bodies.
    static let queries: [FuzzedParser] = [
        FuzzedParser(
            "video-list-query",
            texts: ["limit=20&cursor=vid_01h455vb4pex5vsknk084sn02q&mine=1", "mine=false", "limit=%31&limit=2"],
            words: ["limit=", "cursor=", "mine=", "&", "%", "%00", "vid_"]
        ) { text, _ in
            let parameters = URI("/v1/videos?" + text).queryParameters
            if let query = try? VideoListQuery(parameters) {
                try require((1...100).contains(query.page.limit), "1…100 videos a page")
                try require(
                    query.page.cursor.map { Identifier.isValid($0, prefix: .video) } ?? true, "a cursor that is an id")
            }
            if let query = try? PageQuery(parameters, prefix: .video) {
                try require((1...100).contains(query.limit), "1…100 rows a page")
            }
        },
        FuzzedParser(
            "json-body",
            texts: [
                #"{"title":"A clip","description":"\u00e4\ud83d\ude00","events":["ready","failed"]}"#, "[]", "{}",
                #"{"title":5,"a":{"b":[[[null,true,1e9]]]}}"#,
            ], words: ["{", "}", "[", "]", ":", ",", "\"", "\\u", "\\ud800", "null", "title", "[[[[[[[["]
        ) { text, _ in
            guard var body = try? JSONObjectBody(ByteBuffer(string: text)) else { throw Refused() }
            let title = body.optionalText("title", length: 1...200)
            try require(
                title.map { (1...200).contains($0.unicodeScalars.count) } ?? true, "a title of 1…200 characters")
            let events = body.optionalTexts("events", from: ["ready", "failed"])
            try require(events.map { (1...2).contains($0.count) } ?? true, "words that are known, each once")
            try? body.finish()
        },
    ]
}
