public import Accounts

/// Limits and timeouts of uploads.
public struct UploadConfiguration: Sendable {
    /// The folder for the bytes of open uploads; created if it does not exist.
    public var folder: String
    /// Most bytes of an upload.
    public var maximumByteCount: Int64
    /// Bytes of the disk that uploads leave free.
    public var reservedByteCount: Int64
    /// How long an upload remains after its last bytes.
    public var lifetime: Duration
    /// After how long without bytes a request is ended.
    public var idleTimeout: Duration
    /// After how long without bytes another request may take over the upload.
    public var takeoverDelay: Duration
    /// For how long after its last bytes an upload keeps other uploads away from its video.
    public var claimDuration: Duration
    /// How long a request waits for another request of the same upload or video to end before it is refused.
    public var lockTimeout: Duration
    /// How long a request waits for one that it has interrupted. The last write is short, but a request that is completing its
    /// upload ends only when the object store has the whole file.
    public var interruptionTimeout: Duration
    /// The limits of an account.
    public var quotas: AccountQuotas

    /// A configuration.
    public init(
        folder: String, maximumByteCount: Int64 = 50 << 30, reservedByteCount: Int64 = 1 << 30,
        lifetime: Duration = .seconds(24 * 3600), idleTimeout: Duration = .seconds(60),
        takeoverDelay: Duration = .seconds(5), claimDuration: Duration = .seconds(60),
        lockTimeout: Duration = .seconds(2), interruptionTimeout: Duration = .seconds(10),
        quotas: AccountQuotas = AccountQuotas()
    ) {
        self.folder = folder
        self.maximumByteCount = maximumByteCount
        self.reservedByteCount = reservedByteCount
        self.lifetime = lifetime
        self.idleTimeout = idleTimeout
        self.takeoverDelay = takeoverDelay
        self.claimDuration = claimDuration
        self.lockTimeout = lockTimeout
        self.interruptionTimeout = interruptionTimeout
        self.quotas = quotas
    }
}
