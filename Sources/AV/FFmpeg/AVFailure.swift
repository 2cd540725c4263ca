import CFFmpeg

/// A call into FFmpeg that failed.
///
/// `EAGAIN` and `AVERROR_EOF` are never failures: they are states, and ``Received`` reports them.
public struct AVFailure: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers handle differently.
    public enum Kind: Sendable, Hashable {
        /// The bytes do not follow their container or codec.
        case invalidData
        /// No decoder, or no allowed decoder, reads this codec.
        case decoderMissing
        /// This build of FFmpeg lacks an encoder or filter that is needed.
        case encoderMissing
        /// An allocation failed, for example at the memory limit.
        case outOfMemory
        /// The bytes use a feature that FFmpeg does not implement.
        case unsupported
        /// Anything else.
        case other
    }

    /// The kind of the failure.
    public let kind: Kind
    /// The function that failed.
    public let call: String
    /// FFmpeg's description of the error.
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

/// Throws for a negative result and returns every other result.
@discardableResult
func check(_ call: String, _ code: Int32) throws(AVFailure) -> Int32 {
    guard code >= 0 else { throw AVFailure(call, code) }
    return code
}

/// The allocated object; throws an out-of-memory failure for `nil`.
func allocated<T>(_ call: String, _ pointer: T?) throws(AVFailure) -> T {
    guard let pointer else { throw AVFailure(call, VH_AVERROR_ENOMEM) }
    return pointer
}
