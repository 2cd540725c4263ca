/// Why an upload was rejected. Rejections are final and never retried. The raw values are part of the API and keep their
/// meaning.
public enum RejectionCode: String, Sendable, Codable, CaseIterable {
    /// There is no playable audio or video stream.
    case noMediaStream = "no_media_stream"
    /// The bytes are not an accepted container.
    case unsupportedContainer = "unsupported_container"
    /// All streams have codecs that are not accepted.
    case unsupportedCodec = "unsupported_codec"
    /// Longer than the limit.
    case tooLong = "too_long"
    /// Frames have more pixels, or a longer side, than the limit.
    case dimensionsTooLarge = "dimensions_too_large"
    /// More streams than the limit.
    case tooManyStreams = "too_many_streams"
    /// The packets have no duration.
    case zeroDuration = "zero_duration"
    /// The file ends before its index or its first packet.
    case truncated
    /// No frame could be decoded, or nearly all frames are damaged.
    case undecodable
    /// Encrypted or otherwise protected.
    case protected
    /// The upload has no bytes.
    case empty
    /// More packets or frames a second than the limit.
    case frameRateTooHigh = "frame_rate_too_high"
    /// The file decodes to far more data than its size or its packets explain: a decompression bomb.
    case expandsTooMuch = "expands_too_much"
}

/// A rejection with its explanation.
public struct Rejection: Sendable, Hashable, Codable, Error {
    /// The code.
    public let code: RejectionCode
    /// One sentence for the creator: what was found, and the limit if there is one.
    public let detail: String

    /// A rejection.
    public init(_ code: RejectionCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

/// Why the server failed to run a task. Failures are retried with back-off; then the task is dead.
public enum FailureCode: String, Sendable, Codable, CaseIterable {
    /// A signal ended the media child.
    case childCrashed = "child_crashed"
    /// The media child exceeded a limit of time, memory or output.
    case childLimit = "child_limit"
    /// The media child reported an error of a library.
    case mediaError = "media_error"
    /// Reading or writing an object failed.
    case storageError = "storage_error"
    /// The disk or the store is full; the task continues when space is free.
    case noSpace = "no_space"
    /// The database did not have what the task expected.
    case inconsistent
    /// The lease expired: the worker died or stalled.
    case leaseExpired = "lease_expired"
    /// An operator cancelled the job.
    case cancelled
    /// Any other error; the detail has its description.
    case unexpected = "internal"
}
