import CFFmpeg

/// A call into FFmpeg that failed.
///
/// "Try again" and "end of stream" never become one of these: they are states, and the calls that meet them say so in
/// their results.
public struct AVFailure: Error, Sendable, CustomStringConvertible {
    /// Kinds of failure that callers tell apart.
    public enum Kind: Sendable, Hashable {
        /// The bytes are not what their container or codec says.
        case invalidData
        /// There is no decoder, or none that is allowed, for this codec.
        case decoderMissing
        /// This build of FFmpeg lacks an encoder or filter that is needed.
        case encoderMissing
        /// Memory, or the limit on it, ran out.
        case outOfMemory
        /// The bytes use a feature that FFmpeg does not know.
        case unsupported
        /// Anything else.
        case other
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// The function that failed.
    public let call: String
    /// FFmpeg's words for it.
    public let reason: String

    init(_ call: String, _ code: Int32) {
        self.call = call
        switch code {
        case VH_AVERROR_INVALIDDATA: kind = .invalidData
        case VH_AVERROR_DECODER_NOT_FOUND: kind = .decoderMissing
        case VH_AVERROR_ENCODER_NOT_FOUND: kind = .encoderMissing
        case VH_AVERROR_ENOMEM: kind = .outOfMemory
        case VH_AVERROR_PATCHWELCOME: kind = .unsupported
        default: kind = .other
        }
        reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
            guard let start = text.baseAddress, av_strerror(code, start, text.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: start)
        }
    }

    init(_ call: String, kind: Kind, reason: String) {
        self.call = call
        self.kind = kind
        self.reason = reason
    }

    /// `call: reason`.
    public var description: String { "\(call): \(reason)" }
}

/// Throws for a negative result and passes any other on.
@discardableResult
func check(_ call: String, _ code: Int32) throws(AVFailure) -> Int32 {
    guard code >= 0 else { throw AVFailure(call, code) }
    return code
}

/// The object that an allocation returned, or the failure that it means when there is none.
func allocated<T>(_ call: String, _ pointer: T?) throws(AVFailure) -> T {
    guard let pointer else { throw AVFailure(call, VH_AVERROR_ENOMEM) }
    return pointer
}

/// FFmpeg's log, which goes to standard error.
public enum AVLog {
    /// Lets only errors through; for programs whose standard error is kept as a task's last words.
    public static func keepErrorsOnly() { av_log_set_level(AV_LOG_ERROR) }

    /// Lets nothing through.
    public static func silence() { av_log_set_level(AV_LOG_QUIET) }
}
