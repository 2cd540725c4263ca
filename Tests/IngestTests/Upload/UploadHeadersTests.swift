import Ground
import Ingest
import NIOCore
import Testing

@Suite("Headers of resumable uploads")
struct UploadHeadersTests {
    @Test(
        "byte counts are plain decimal digits",
        arguments: [
            ("0", 0), ("7", 7), ("00012", 12), ("53687091200", 53_687_091_200),
            ("999999999999999999", 999_999_999_999_999_999),
        ] as [(String, Int64)])
    func byteCount(text: String, expected: Int64) {
        #expect(TusProtocol.byteCount(text) == expected)
    }

    @Test(
        "anything else is no byte count",
        arguments: ["", " ", "-1", "+1", "1 ", "1.0", "0x10", "1e3", "٣", "9999999999999999999", "12,12", "nan"])
    func notAByteCount(text: String) {
        #expect(TusProtocol.byteCount(text) == nil)
    }

    @Test("the media type of upload bytes is found whatever its case and parameters")
    func contentType() {
        #expect(TusProtocol.isUploadContentType("application/offset+octet-stream"))
        #expect(TusProtocol.isUploadContentType("Application/Offset+Octet-Stream; charset=x"))
        #expect(!TusProtocol.isUploadContentType("application/octet-stream"))
        #expect(!TusProtocol.isUploadContentType(""))
    }

    @Test("metadata is parsed and its text stored")
    func metadata() throws {
        let metadata = try UploadMetadata("filename d29ybGQgZG9taW5hdGlvbi5tcDQ=,is_confidential,empty ,title w6TDtg==")
        #expect(metadata.string("filename") == "world domination.mp4")
        #expect(metadata.fileName == "world domination.mp4")
        #expect(metadata.values["is_confidential"] == [])
        #expect(metadata.values["empty"] == [])
        #expect(metadata.string("title") == "äö")
        #expect(metadata.string("nothing") == nil)
        #expect(metadata.text.hasPrefix("filename "))
    }

    @Test("a value that is not UTF-8 stays as bytes and is shown with replacements")
    func metadataBytes() throws {
        let metadata = try UploadMetadata("filename //4vLi4=")
        #expect(metadata.values["filename"] == [0xFF, 0xFE, 0x2F, 0x2E, 0x2E])
        #expect(metadata.string("filename") == "\u{FFFD}\u{FFFD}/..")
    }

    @Test("no metadata is allowed", arguments: ["", " "])
    func emptyMetadata(text: String) throws {
        #expect(try UploadMetadata(text).values.isEmpty)
    }

    @Test("broken metadata is refused", arguments: ["a b c", ",", "a,", "a YQ==,a YQ==", "a !!!", "ä YQ==", "a YQ"])
    func brokenMetadata(text: String) {
        #expect(throws: TusHeaderError.metadata) { try UploadMetadata(text) }
    }

    @Test("metadata has a limit")
    func longMetadata() {
        let text = "a " + String(repeating: "YWFh", count: 5000)
        #expect(throws: TusHeaderError.metadata) { try UploadMetadata(text) }
    }

    @Test("concatenation is partial or a list")
    func concatenation() throws {
        #expect(try UploadConcatenation("partial") == .partial)
        #expect(try UploadConcatenation("final;/a/b /a/c /a/b") == .final(["/a/b", "/a/c", "/a/b"]))
        #expect(try UploadConcatenation("final; /a") == .final(["/a"]))
        for text in ["", "Partial", "final", "final;", "final; ", "partial;x"] {
            #expect(throws: TusHeaderError.concatenation) { try UploadConcatenation(text) }
        }
        let many = "final;" + (0...UploadConcatenation.maximumParts).map { "/\($0)" }.joined(separator: " ")
        #expect(throws: TusHeaderError.concatenation) { try UploadConcatenation(many) }
    }

    @Test("checksums name an algorithm and a digest of its length")
    func checksum() throws {
        let sha1 = try UploadChecksum("sha1 qUqP5cyxm6YcTAhz05Hph5gvu9M=")
        #expect(sha1.algorithm == .sha1)
        var hasher = ChecksumHasher(.sha1)
        hasher.update(ByteBuffer(string: "te"))
        hasher.update(ByteBuffer(string: "st"))
        #expect(hasher.finalize() == sha1.digest)

        let sha256 = try UploadChecksum("sha256 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=")
        var second = ChecksumHasher(.sha256)
        second.update(ByteBuffer(string: "test"))
        #expect(second.finalize() == sha256.digest)

        for text in ["", "sha1", "sha1 ", "sha1 !!", "sha1 YQ==", "sha1  qUqP5cyxm6YcTAhz05Hph5gvu9M="] {
            #expect(throws: TusHeaderError.checksum) { try UploadChecksum(text) }
        }
        for text in ["md5 CY9rzUYh03PK3k6DJie09g==", "crc32 AAAAAA=="] {
            #expect(throws: TusHeaderError.checksumAlgorithm) { try UploadChecksum(text) }
        }
    }

    @Test("an address is read from any URL that ends in it and opens only with its own secret")
    func address() throws {
        let token = RandomText.secret()
        let address = UploadAddress(id: "upl_01hzzzzzzzzzzzzzzzzzzzzzzz", token: token)
        for url in [
            address.component, "/v1/uploads/\(address.component)",
            "https://a.example/v1/uploads/\(address.component)?x#y",
        ] {
            #expect(UploadAddress(url: url) == address)
        }
        #expect(address.opens(tokenHash: address.tokenHash))
        #expect(!address.opens(tokenHash: UploadAddress(id: address.id, token: RandomText.secret()).tokenHash))
        #expect(!address.opens(tokenHash: ""))
        #expect(!"\(address)".contains(token))
        #expect(token.utf8.count == 43)
    }

    @Test(
        "what cannot be an address is none",
        arguments: [
            "", "upl_1", "upl_01hz", "upl_01hz.", ".abc", "upl_01hz.short", "/v1/uploads/",
            "vid_1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "upl_../x.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%2f",
            "upl_01hz.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b",
        ])
    func noAddress(url: String) {
        #expect(UploadAddress(url: url) == nil)
    }

    @Test(
        "file names lose paths and control characters",
        arguments: [
            ("clip.mov", "clip.mov"), ("../../etc/passwd", "passwd"), ("C:\\clips\\a b.mp4", "a b.mp4"),
            ("a\u{0}b\nc.mp4", "abc.mp4"), ("\u{202E}gpm.exe", "gpm.exe"), (" x", "x"), ("日本.mkv", "日本.mkv"),
        ])
    func fileName(name: String, expected: String) {
        #expect(DisplayFileName.clean(name) == expected)
    }

    @Test(
        "titles lose what turns the direction of text, and need something visible",
        arguments: [
            (" A title ", "A title"), ("Cats \u{202E}gniht", "Cats gniht"), ("\u{2067}שלום\u{2069}", "שלום"),
            ("\u{200E}x", "\u{200E}x"), ("\u{200B}\u{200B}", nil), ("\u{3164}", nil), ("\u{2800}", nil),
            ("\u{202E}", nil),
            ("a\u{0}b", nil), ("", nil),
        ] as [(String, String?)])
    func title(text: String, expected: String?) {
        #expect(VideoTitle.clean(text) == expected)
    }

    @Test("names of nothing are no names", arguments: ["", "/", "..", ".", "a/", "\u{1}\u{2}", "../.."])
    func noFileName(name: String) {
        #expect(DisplayFileName.clean(name) == (name == "a/" ? "a" : nil))
    }

    @Test("long names are cut between characters")
    func longFileName() throws {
        let name = try #require(DisplayFileName.clean(String(repeating: "é", count: 300)))
        #expect(name.utf8.count == 254)
    }
}
