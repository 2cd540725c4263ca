/// Why a storage service did not do what it was asked, in words that an operator can act on.
public struct StorageServiceFailure: Error, Sendable, Hashable {
    /// The kinds of failure; the raw values are stable.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The bucket does not exist.
        case missingBucket = "missing_bucket"
        /// The credentials are good, but may not do this.
        case accessDenied = "access_denied"
        /// The credentials are unknown, expired, or their secret is wrong.
        case badCredentials = "bad_credentials"
        /// The bucket is in another region than the one requests are signed for.
        case wrongRegion = "wrong_region"
        /// This machine's clock and the service's differ by more than the service allows.
        case clockSkew = "clock_skew"
        /// The service asked for fewer requests, and went on asking.
        case slowDown = "slow_down"
        /// The service cannot be reached, or answers that it is not able to work.
        case unavailable = "unavailable"
        /// The service did not answer in time.
        case timedOut = "timed_out"
        /// Bytes arrived other than they were sent; checksums differ.
        case damaged = "damaged"
        /// The service refused for a reason that is not listed here.
        case refused = "refused"
        /// The service's answer does not follow the protocol.
        case unexpectedAnswer = "unexpected_answer"
        /// A local copy was asked for and there is no scratch folder to put it in.
        case noScratchFolder = "no_scratch_folder"
        /// Another process has the scratch folder.
        case scratchInUse = "scratch_in_use"
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence, without secrets.
    public let detail: String

    /// A failure.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Whether the same call may succeed later without anybody changing the configuration.
    public var isRetryable: Bool {
        switch code {
        case .slowDown, .unavailable, .timedOut, .damaged, .unexpectedAnswer: true
        case .missingBucket, .accessDenied, .badCredentials, .wrongRegion, .clockSkew, .refused, .noScratchFolder,
            .scratchInUse:
            false
        }
    }
}
