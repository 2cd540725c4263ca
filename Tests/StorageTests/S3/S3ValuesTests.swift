import Ground
import NIOCore
import Testing

@testable import Storage

@Suite struct S3ValuesTests {
    @Test("there are at most 10,000 parts, which cover every byte and have one size except for the last")
    func parts() throws {
        let mebibyte: Int64 = 1 << 20
        for (size, least) in [
            (1, 5 * mebibyte), (5 * mebibyte, 5 * mebibyte), (5 * mebibyte + 1, 5 * mebibyte),
            (3_000_000_000, 16 * mebibyte),
            (80_000 * mebibyte, 8 * mebibyte), (80_000 * mebibyte + 1, 8 * mebibyte), (5 << 40, 5 * mebibyte), (0, 1),
            (10_000, 1), (10_001, 1),
        ] {
            let plan = try S3PartPlan(byteCount: size, leastPart: least, key: "k")
            #expect(plan.count <= 10_000 && plan.count >= 1)
            #expect(plan.partSize >= least)
            var end: Int64 = 0
            for part in 0..<plan.count {
                let range = plan.range(of: part)
                #expect(range.lowerBound == end)
                if part < plan.count - 1 { #expect(Int64(range.count) == plan.partSize) }
                if size > 0 { #expect(!range.isEmpty) }
                end = range.upperBound
            }
            #expect(end == size)
        }
        #expect(throws: StorageError.tooLarge(key: "k", byteCount: 5 << 40 + 1)) {
            try S3PartPlan(byteCount: 5 << 40 + 1, leastPart: 1, key: "k")
        }
    }

    @Test("pauses double up to a limit, with jitter in their upper half")
    func pauses() {
        let policy = S3RetryPolicy()
        #expect(policy.pause(after: 1, random: 0) == .milliseconds(50))
        #expect(policy.pause(after: 1, random: 1) == .milliseconds(100))
        #expect(policy.pause(after: 3, random: 0.5) == .milliseconds(300))
        #expect(policy.pause(after: 60, random: 1) == .seconds(10))
    }

    @Test("the XML of responses is parsed")
    func xml() {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?><!-- c --><s3:List xmlns:s3="http://x/"><Empty/><A b="1">x &amp; &#228;&#x1F3AC;</A>
            <A><![CDATA[<raw>]]></A></s3:List>
            """
        let root = XMLNode.parse(text.utf8)
        #expect(root?.name == "List")
        #expect(root?.all("A").map(\.text) == ["x & ä🎬", "<raw>"])
        #expect(root?["Empty"]?.text == "")
    }

    @Test(
        "text that is not well-formed XML is refused",
        arguments: [
            "", "text", "<a>", "<a></b>", "<a>&unknown;</a>", "<a>&#xD800;</a>", "<a", "</a>", "<!-- <a></a>",
            "<a>&amp</a>",
            "<>x</>", String(repeating: "<a>", count: 40) + String(repeating: "</a>", count: 40),
        ])
    func noXML(text: String) { #expect(XMLNode.parse(text.utf8) == nil) }

    @Test("escaped text is read back unchanged")
    func escape() {
        let text = "a<b>&\"'\u{1}ä"
        #expect(XMLNode.parse("<a>\(XMLNode.escape(text))</a>".utf8)?.text == text)
    }

    @Test(
        "checksums have the format of their headers",
        arguments: [("", "1B2M2Y8AsgTpgAmY7PhCfg=="), ("a", "DMF1ucDxtqgxw5niaXcmYQ==")])
    func contentMD5(text: String, header: String) {
        #expect(S3Checksum.header(BodyHash(ByteBuffer(string: text))) == header)
    }

    @Test("an ETag is compared only if it is a checksum")
    func entityTags() {
        let md5 = "0cc175b9c0f1b6a831c399e269772661"
        #expect(!S3Checksum.isOther(md5.uppercased(), than: md5))
        #expect(S3Checksum.isOther("1cc175b9c0f1b6a831c399e269772661", than: md5))
        #expect(!S3Checksum.isOther("some-tag", than: md5))
        #expect(!S3Checksum.isOther(nil, than: md5))
        #expect(!S3Checksum.isOther(md5 + "-2", than: md5))
    }
}
