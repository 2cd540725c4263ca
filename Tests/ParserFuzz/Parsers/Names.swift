import HTTPTypes

@testable import API
@testable import MediaModel
@testable import Pipeline
@testable import Storage

extension FuzzedParser {
    private static let routes = RouteMap(
        [
            (HTTPRequest.Method.get, "/v1/videos/{id}"), (.put, "/v1/videos/{id}/source"),
            (.get, "/v/{video}/{generation}/**"),
        ].map { Route($0, $1, nil, "", tag: .web, access: .anyone, answers: []) { _ in throw Refused() } })

    /// Names of objects, files and routes.
    static let names: [FuzzedParser] = [
        FuzzedParser(
            "segment-name", texts: ["00001.m4s", "123456.m4s", "00000.m4s"], words: [".m4s", "0", "٣", "+", "-"]
        ) {
            text, _ in
            guard let index = ObjectKey.segmentIndex(fileName: text) else { throw Refused() }
            try require(
                index >= 0 && ObjectKey.segment(track: "t", index: index) == "t/" + text, "one name for a segment")
        },
        FuzzedParser(
            "generation-folder", texts: ["videos/vid_x/g1", "videos//g01", "videos/a/g+1"],
            words: ["videos/", "/", "g", ".."]
        ) { text, _ in
            guard let found = ObjectKey.generation(folder: text) else { throw Refused() }
            try require(ObjectKey.generation(video: found.video, found.number) == text, "one name for a generation")
        },
        FuzzedParser(
            "storage-key", texts: ["videos/vid_x/g1/v720/00001.m4s", "a", "../a", "a//b", ".a"],
            words: ["/", "..", ".", "\\", "\0", "%2e%2e", "é"]
        ) { text, _ in
            if StorageKey.isValid(text) { try Self.staysInside(text) }
        },
        FuzzedParser(
            "scratch-name", texts: ["v720/00001.m4s", "poster-1.jpg", "a/b/c"], words: ["/", "..", ".", "\0", "A"]
        ) {
            text, _ in
            guard ScratchFile.isAllowed(text) else { throw Refused() }
            try Self.staysInside(text)
            try require(text.split(separator: "/").count <= 2, "a file, or a file in a folder")
        },
        FuzzedParser(
            "route", texts: ["/v1/videos/x/source", "/v/x/g1/a/b", "//", "/"], words: ["/", "..", "%2f", "{id}", "**"]
        ) {
            text, _ in
            try require(Set(routes.methods(of: text)).count == routes.methods(of: text).count, "each method once")
        },
        FuzzedParser("internal-location", texts: ["/media/", "/a/b", "/", "//x"], words: ["/", "..", "\r\n", "?"]) {
            text, _ in
            guard let found = AccelRedirect(prefix: text) else { throw Refused() }
            try require(found.prefix.hasPrefix("/") && found.prefix.hasSuffix("/"), "slashes at both ends")
            try require(!found.prefix.contains("..") || !found.prefix.contains("/."), "a place that stays where it is")
        },
    ]

    /// A name that can neither climb out of a folder nor hide in it.
    private static func staysInside(_ name: String) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        try require(parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") }, "no empty or hidden part")
        try require(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }, "plain letters")
    }
}
