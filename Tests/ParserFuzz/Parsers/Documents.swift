import Ground

@testable import Storage

extension FuzzedParser {
    /// Documents of storage services.
    static let documents: [FuzzedParser] = [
        FuzzedParser(
            "s3-xml",
            texts: [
                "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"x\"><IsTruncated>false</IsTruncated><Contents><Key>a&amp;b</Key>"
                    + "<Size>5</Size></Contents><!-- c --><n:E/><![CDATA[<x>]]></ListBucketResult>",
                "<Error><Code>NoSuchKey</Code><Message>&#x41;&#65;</Message></Error>",
            ],
            words: [
                "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "&", ";", "&#x", "&#1114112;", "<a>", "</a>",
                "<?", "!",
            ]
        ) { text, _ in
            if let root = XMLNode.parse(text.utf8) { try require(Self.depth(root) <= 32, "at most 32 elements deep") }
            let again = XMLNode.parse("<a><b>\(XMLNode.escape(text))</b></a>".utf8)
            try require(again?["b"]?.text == text, "an escaped text is read as it was")
        },
        FuzzedParser(
            "percent", texts: ["a%20b", "%E4%B8%AD", "%", "%zz", "a/b"], words: ["%", "%00", "%ff", "é", "+"]
        ) { text, _ in
            _ = PercentEncoding.decode(text)
            for keepingSlash in [true, false] {
                let written = PercentEncoding.encode(text, keepingSlash: keepingSlash)
                try require(written.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "plain letters")
                try require(PercentEncoding.decode(written) == text, "an encoded text is read as it was")
            }
        },
    ]

    private static func depth(_ node: XMLNode) -> Int { 1 + (node.children.map(depth).max() ?? 0) }
}
