/// Why an upload was refused. The upload's fault, so never retried; creators read the code, so it never changes meaning.
public enum RejectionCode: String, Sendable, Codable, CaseIterable {
    /// No audio and no video stream that could be played.
    case noMediaStream = "no_media_stream"
    /// The bytes are not one of the containers that are accepted (`unsupported_container`).
    case unsupportedContainer = "unsupported_container"
    /// The only streams are of codecs that are not accepted.
    case unsupportedCodec = "unsupported_codec"
    /// Longer than the limit.
    case tooLong = "too_long"
    /// More pixels, or a longer side, than the limit.
    case dimensionsTooLarge = "dimensions_too_large"
    /// More streams than the limit.
    case tooManyStreams = "too_many_streams"
    /// No packet carries a duration: nothing to play.
    case zeroDuration = "zero_duration"
    /// The file ends before its index or before its first packet.
    case truncated
    /// Not one frame could be decoded.
    case undecodable
    /// Encrypted or otherwise protected.
    case protected
    /// The upload holds no bytes.
    case empty
    /// More packets or frames a second than the limit.
    case frameRateTooHigh = "frame_rate_too_high"
    /// Decodes to far more than its bytes or its packets account for: a bomb.
    case expandsTooMuch = "expands_too_much"
}

/// A refusal with the words that go with its code.
public struct Rejection: Sendable, Hashable, Codable, Error {
    /// The stable code.
    public let code: RejectionCode
    /// One sentence for the creator: what was found, and the limit where there is one.
    public let detail: String

    /// A refusal.
    public init(_ code: RejectionCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

/// Why our side failed at a task. Retried with back-off, then dead-lettered.
public enum FailureCode: String, Sendable, Codable, CaseIterable {
    /// The media child ended by a signal (`child_crashed`).
    case childCrashed = "child_crashed"
    /// The media child went over a limit of time, memory or output.
    case childLimit = "child_limit"
    /// The media child reported an error of a library.
    case mediaError = "media_error"
    /// Reading or writing an object failed.
    case storageError = "storage_error"
    /// The disk or the store is full; the work goes on by itself once there is room.
    case noSpace = "no_space"
    /// A row was not what the task expected.
    case inconsistent
    /// The lease ran out: the worker died or stalled.
    case leaseExpired = "lease_expired"
    /// An operator stopped the work.
    case cancelled
    /// Anything else; the detail says what.
    case unexpected = "internal"
}
