import Foundation
import Ground
import Testing

@testable import Storage

/// Compares signatures with those of botocore; see `Vectors/make_s3_signatures.py`.
@Suite struct S3SignerTests {
    private struct Vectors: Codable {
        let accessKeyID: String
        let secretAccessKey: String
        let cases: [Case]
    }

    private struct Case: Codable {
        let method: String
        let host: String
        let key: String
        let query: [[String]]
        let headers: [String: String]
        let region: String
        let token: String?
        let path: String
        let body: String
        let bodyHash: String
        let date: String
        let seconds: Int64
        let authorization: String
    }

    @Test("signatures equal those of botocore")
    func vectors() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Vectors/s3_signatures.json").standardizedFileURL
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
        #expect(vectors.cases.count == 72)
        for one in vectors.cases {
            #expect(PercentEncoding.encode("/" + one.key, keepingSlash: true) == one.path)
            let signer = S3Signer(
                credentials: S3Credentials(
                    accessKeyID: vectors.accessKeyID, secretAccessKey: vectors.secretAccessKey,
                    sessionToken: one.token), region: one.region)
            let headers = signer.headers(
                for: S3Signer.Subject(
                    method: one.method, path: one.path, query: one.query.map { (name: $0[0], value: $0[1]) },
                    headers: one.headers.map { (name: $0.key, value: $0.value) } + [(name: "host", value: one.host)],
                    bodyHash: one.bodyHash), at: Timestamp(one.seconds * 1000))
            let found = Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) })
            #expect(found["authorization"] == one.authorization, "\(one.method) \(one.path) \(one.query)")
            #expect(found["x-amz-date"] == one.date)
            #expect(found["x-amz-content-sha256"] == one.bodyHash)
            #expect(found["x-amz-security-token"] == one.token)
            #expect(found.count == (one.token == nil ? 3 : 4))
        }
    }

    @Test("printing credentials shows no secret")
    func redacted() {
        let credentials = S3Credentials(accessKeyID: "id", secretAccessKey: "hidden", sessionToken: "hidden")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("hidden"))
            #expect(text.contains("id"))
        }
    }
}
