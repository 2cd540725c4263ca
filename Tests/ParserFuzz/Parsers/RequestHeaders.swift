import Foundation
import HTTPTypes
import HummingbirdCore

@testable import API

extension FuzzedParser {
    /// Headers of requests.
    static let requestHeaders: [FuzzedParser] = [
        FuzzedParser(
            "range", texts: ["bytes=0-99", "bytes=5-", "bytes=-7", "bytes=0-1,3-4", "BYTES= 1 - 2"],
            words: ["bytes=", "-", ",", " ", "9223372036854775807"]
        ) { text, chance in
            let size = chance.one(of: [0, 1, 2, 100, 4_294_967_296, Int64.max] as [Int64])
            guard case .range(let range) = ByteRange.parse(text, size: size) else { throw Refused() }
            try require(range.lowerBound >= 0 && range.upperBound <= size && !range.isEmpty, "a part of the whole")
        },
        FuzzedParser(
            "entity-tags", texts: ["\"abc\"", "W/\"abc\", \"d\"", "*", ""], words: ["W/", "\"", ",", "*", "abc"]
        ) {
            text, _ in
            let isNamed = EntityTag.matches([text], "\"abc\"")
            try require(!isNamed || text.contains("abc") || text.contains("*"), "only what is named matches")
        },
        FuzzedParser(
            "accept-encoding", texts: ["gzip, br;q=0.5", "*;q=0", "identity;q=1, gzip;q=0.000"],
            words: ["gzip", ";q=", ",", "*", "nan", "inf", "-1"]
        ) { text, _ in
            _ = AcceptEncoding.allowsGzip([.acceptEncoding: text])
        },
        FuzzedParser(
            "forwarded-for", texts: ["203.0.113.7, 10.0.0.1", "2001:db8::1", "unknown", ""],
            words: [",", ":", "::", "%eth0", "."]
        ) { text, chance in
            guard let address = ForwardedAddress.client([text, text], behind: chance.below(4)) else { throw Refused() }
            try require(address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "an address and nothing else")
        },
        FuzzedParser(
            "request-target",
            texts: [
                "/v1/videos?limit=1", "/watch/..%2fv%2fx", "/a//b", "/%C3%A4", "/a/./b/..", "/v/x/g1/v720/00001.m4s",
            ],
            words: ["/", "//", "..", ".", "%2f", "%5C", "%00", "%", "%41", "?", "#", "\\"]
        ) { text, _ in
            guard RequestTarget.fault(in: text) == nil else { throw Refused() }
            let path = URI(text).path
            try require(text.hasPrefix(path) && path.hasPrefix("/"), "the path as it was written")
            let decoded = Array((path.removingPercentEncoding ?? path).utf8)
            try require(
                !decoded.contains(0) && !decoded.contains(UInt8(ascii: "\\")), "nothing hidden behind an escape")
            let segments = decoded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            try require(
                segments.count == path.utf8.count { $0 == UInt8(ascii: "/") } + 1, "as many segments as it seems")
            try require(
                !segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }, "no segments of dots")
        },
        FuzzedParser(
            "host", texts: ["localhost:8080", "[::1]:80", "127.0.0.1", "a.example.", "[2001:db8::1]"],
            words: ["[", "]", ":", ".", "localhost", "127.", "::ffff:"]
        ) { text, _ in
            guard let host = HostName(text) else { throw Refused() }
            try require(!host.text.isEmpty && host.text.utf8.count <= 300, "a name")
            let local = AllowedHosts([], listeningOn: "127.0.0.1", isBehindProxies: false)
            try require(local?.allows(host) == host.isLoopback, "names of the loopback and no others")
            try require(HostName(host.text.contains(":") ? "[\(host.text)]" : host.text) == host, "itself once more")
        },
        FuzzedParser(
            "media-type", texts: ["application/json; charset=utf-8", "text/plain", "application/problem+json"],
            words: ["/", "+json", ";", " "]
        ) { text, _ in
            guard let type = MediaType(text) else { throw Refused() }
            try require(!type.name.contains(";") && !type.name.contains(" "), "no parameters in a type")
            _ = (type.isJSON, type.isForm, type.isMultipart)
        },
        FuzzedParser("request-name", texts: ["req_0123", "a.b-c", ""], words: ["\r\n", "/", "_"]) { text, _ in
            guard let name = RequestID.accepted(text) else { throw Refused() }
            try require(name == text && name.utf8.count <= 64 && !name.contains("\n"), "a harmless name")
        },
        FuzzedParser("bearer", texts: ["Bearer abc", "bearer  x y", "Basic eA=="], words: ["Bearer", " "]) { text, _ in
            guard let token = Services.bearerToken(text) else { throw Refused() }
            try require((1...512).contains(token.utf8.count) && token.first != " ", "a token of 1…512 bytes")
        },
    ]
}
