internal import Crypto
public import Ground

/// Signs requests with AWS Signature Version 4, in headers. Pure: the same values give the same signature.
///
/// The signature covers the body by its SHA-256, also over TLS. Every body that is sent here is known before it is
/// sent (bytes in memory, or a range of a file that is read once to hash and once to send), so the service itself
/// finds a body that was damaged on the way. `UNSIGNED-PAYLOAD` would give that up, and signing chunk by chunk
/// (`STREAMING-AWS4-HMAC-SHA256-PAYLOAD`) is for bodies whose end is not known, and not every service has it.
/// Nothing here hands out presigned URLs, so there is no query form.
public struct S3Signer: Sendable {
    private let credentials: S3Credentials
    private let region: String

    /// A signer for one region.
    public init(credentials: S3Credentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// What a signature covers.
    public struct Subject: Sendable {
        /// The method, in capitals.
        public var method: String
        /// The path, percent-encoded as it is sent.
        public var path: String
        /// Names and values of the query, not encoded.
        public var query: [(name: String, value: String)]
        /// The headers to sign, `host` among them.
        public var headers: [(name: String, value: String)]
        /// SHA-256 of the body in hexadecimal digits.
        public var bodyHash: String

        /// A request to sign.
        public init(
            method: String, path: String, query: [(name: String, value: String)],
            headers: [(name: String, value: String)], bodyHash: String
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.bodyHash = bodyHash
        }
    }

    /// The headers that must be added to a request so that it is signed.
    public func headers(for subject: Subject, at time: Timestamp) -> [(name: String, value: String)] {
        var added = [(name: "x-amz-date", value: time.basic), (name: "x-amz-content-sha256", value: subject.bodyHash)]
        if let token = credentials.sessionToken { added.append((name: "x-amz-security-token", value: token)) }
        let signed = Self.canonicalHeaders(subject.headers + added)
        let names = signed.map(\.name).joined(separator: ";")
        let canonical = [
            subject.method, subject.path.isEmpty ? "/" : subject.path, Self.queryText(subject.query),
            signed.map { "\($0.name):\($0.value)\n" }.joined(), names, subject.bodyHash,
        ].joined(separator: "\n")
        let scope = "\(time.basicDay)/\(region)/s3/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(time.basic)\n\(scope)\n\(BodyHash.sha256(Array(canonical.utf8)))"
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [time.basicDay, region, "s3", "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        let signature = Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), "
            + "Signature=\(signature)"
        return added + [(name: "authorization", value: authorization)]
    }

    /// A query as it is signed and sent: encoded, in the order of the encoded names and values.
    static func queryText(_ query: [(name: String, value: String)]) -> String {
        query.map { pair in
            (
                PercentEncoding.encode(pair.name, keepingSlash: false),
                PercentEncoding.encode(pair.value, keepingSlash: false)
            )
        }.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Names in small letters and in order; runs of spaces count as one; values of one name in one line.
    private static func canonicalHeaders(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)]
    {
        let clean = headers.map { header in
            (
                name: header.name.lowercased(),
                value: header.value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
            )
        }
        return Dictionary(grouping: clean, by: \.name).sorted { $0.key < $1.key }
            .map { (name: $0.key, value: $0.value.map(\.value).joined(separator: ",")) }
    }
}
