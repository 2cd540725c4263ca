internal import Crypto
public import Ground

/// Signs requests with AWS Signature Version 4 in headers. The signature depends only on the arguments.
///
/// The signature covers the SHA-256 of the body, also with TLS, so that the service detects damage. Every body is known before
/// it is sent: it is in memory, or a range of a file that is read once for the hash and once for sending. So neither
/// `UNSIGNED-PAYLOAD` nor signed chunks (`STREAMING-AWS4-HMAC-SHA256-PAYLOAD`) are needed. There are no presigned URLs.
public struct S3Signer: Sendable {
    private let credentials: S3Credentials
    private let region: String

    /// A signer for one region.
    public init(credentials: S3Credentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// The parts of a request that a signature covers.
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

    /// The headers that sign a request.
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

    /// The query as it is signed and sent: encoded, sorted by encoded names and values.
    static func queryText(_ query: [(name: String, value: String)]) -> String {
        query.map { pair in
            (
                PercentEncoding.encode(pair.name, keepingSlash: false),
                PercentEncoding.encode(pair.value, keepingSlash: false)
            )
        }.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Headers with lower-case names, sorted; consecutive spaces become one; values of the same name are joined.
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

/// The credentials for signing. Their description has no secret.
public struct S3Credentials: Sendable, Hashable {
    /// The access key ID, which is not secret.
    public let accessKeyID: String
    /// The secret key, which is never sent.
    public let secretAccessKey: String
    /// The session token of temporary credentials.
    public let sessionToken: String?

    /// Credentials.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}

extension S3Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The access key ID.
    public var description: String { "S3Credentials(\(accessKeyID))" }
    /// The access key ID.
    public var debugDescription: String { description }
    /// The access key ID.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
