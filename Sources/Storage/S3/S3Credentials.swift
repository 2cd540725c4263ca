/// Who signs requests. Printing one shows no secret.
public struct S3Credentials: Sendable, Hashable {
    /// The public half.
    public let accessKeyID: String
    /// The secret half; never leaves the process.
    public let secretAccessKey: String
    /// Goes along with keys that were lent for a time.
    public let sessionToken: String?

    /// Credentials.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}

extension S3Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The public half.
    public var description: String { "S3Credentials(\(accessKeyID))" }
    /// The public half.
    public var debugDescription: String { description }
    /// The public half.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
