public import Accounts

/// The limits and times of uploads.
public struct UploadConfiguration: Sendable {
    /// The folder for the bytes of open uploads; made if it is not there.
    public var folder: String
    /// Most bytes of an upload.
    public var maximumByteCount: Int64
    /// Bytes of the disk that uploads leave free.
    public var reservedByteCount: Int64
    /// How long an upload waits for more bytes.
    public var lifetime: Duration
    /// How long a connection may bring nothing before it is given up.
    public var idleTimeout: Duration
    /// How long a connection may bring nothing before another one may take its upload over.
    public var takeoverDelay: Duration
    /// How long an upload that nobody writes keeps others for the same video away.
    public var claimDuration: Duration
    /// How long a writer waits for another one of the same upload or video to end before it is turned away.
    public var rivalPatience: Duration
    /// How long a writer that was asked to end may take before who asked is turned away. Its last write is short, but one that
    /// is finishing its upload hears nothing until the object store has the whole file.
    public var endingTime: Duration = .seconds(10)
    /// What an account may have.
    public var quotas: AccountQuotas

    /// A set of limits.
    public init(
        folder: String, maximumByteCount: Int64 = 50 << 30, reservedByteCount: Int64 = 1 << 30,
        lifetime: Duration = .seconds(24 * 3600), idleTimeout: Duration = .seconds(60),
        takeoverDelay: Duration = .seconds(5), claimDuration: Duration = .seconds(60),
        rivalPatience: Duration = .seconds(2), quotas: AccountQuotas = AccountQuotas()
    ) {
        self.folder = folder
        self.maximumByteCount = maximumByteCount
        self.reservedByteCount = reservedByteCount
        self.lifetime = lifetime
        self.idleTimeout = idleTimeout
        self.takeoverDelay = takeoverDelay
        self.claimDuration = claimDuration
        self.rivalPatience = rivalPatience
        self.quotas = quotas
    }
}
