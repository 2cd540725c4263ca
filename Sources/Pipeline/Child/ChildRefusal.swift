import AV
import MediaModel
import Transcoder

/// Failures of media work that are the upload's fault: its headers promised what its bytes do not hold.
///
/// Trying again would find the same, so the creator is told at once and with a code.
enum ChildRefusal {
    /// Does the work.
    /// - Throws: `Rejection` where the beginning of the source cannot be decoded at all; else what the work throws.
    static func translating<Value>(_ work: ChildRequest.Work, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            guard let detail = detail(of: error), isBeginning(work) else { throw error }
            throw Rejection(.undecodable, detail)
        }
    }

    private static func detail(of error: any Error) -> String? {
        switch error {
        case TranscodeError.nothingDecoded: "Not one frame of the file could be decoded."
        case let failure as AVFailure where failure.kind == .invalidData:
            "The file's description of its pictures or sound is damaged (\(failure.reason))."
        default: nil
        }
    }

    /// Whether nothing comes before it: what follows a good beginning is made as well as it can be.
    private static func isBeginning(_ work: ChildRequest.Work) -> Bool {
        switch work {
        case .video(_, let range, _): range.first == 0
        case .audio(_, let firstSegment): firstSegment == 0
        default: false
        }
    }
}
