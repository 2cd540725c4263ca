import Foundation

@testable import Ingest

extension FuzzedParser {
    /// The headers of the tus protocol.
    static let uploadHeaders: [FuzzedParser] = [
        FuzzedParser(
            "upload-metadata",
            texts: [
                "filename d29ybGQubW92,title SGFsbG8=", "is_confidential", "name w6TDtsO8,empty ,videoId eA==", " ",
            ],
            words: [",", " ", "=", "==", "filename", "title", "AAAA", "////", "\u{E4}"]
        ) { text, _ in
            guard let metadata = try? UploadMetadata(text) else { throw Refused() }
            try require(metadata.text == text, "the text is echoed unchanged")
            let written = metadata.values.map { "\($0.key) \(Data($0.value).base64EncodedString())" }
            let again = try UploadMetadata(written.joined(separator: ","))
            try require(again.values == metadata.values, "what was read is read again")
            _ = (metadata.fileName, metadata.string("title"))
        },
        FuzzedParser(
            "upload-checksum", texts: ["sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "SHA256 AAAA", "md5 AAAA"],
            words: ["sha1", "sha256", " ", "="]
        ) { text, _ in
            guard let checksum = try? UploadChecksum(text) else { throw Refused() }
            try require(checksum.digest.count == checksum.algorithm.byteCount, "a digest of the algorithm's length")
        },
        FuzzedParser(
            "upload-concat", texts: ["partial", "final;/v1/uploads/upl_a.b http://x/v1/uploads/upl_b.c?x#y"],
            words: ["final;", "partial", " ", "/", "?", "upl_", "."]
        ) { text, _ in
            guard case .final(let parts)? = try? UploadConcatenation(text) else { throw Refused() }
            try require((1...UploadConcatenation.maximumParts).contains(parts.count), "1…1000 parts")
            for part in parts {
                try require(!part.isEmpty, "no empty part")
                guard let address = UploadAddress(url: part) else { continue }
                try require(UploadAddress(component: address.component) == address, "an address is read again")
                try require(!address.id.contains("/") && !address.id.contains(".."), "an id that is no path")
            }
        },
        FuzzedParser("byte-count", texts: ["0", "1234567890", "000", "18446744073709551616"]) { text, _ in
            guard let count = TusProtocol.byteCount(text) else { throw Refused() }
            try require(count >= 0 && Int64(text) == count, "a count of bytes is not negative")
        },
    ]
}
