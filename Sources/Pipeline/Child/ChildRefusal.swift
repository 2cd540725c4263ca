import AV
import MediaModel
import Transcoder

/// Turns failures that the source causes into rejections: its headers promise what its bytes do not hold.
///
/// Another attempt would fail as well, so the creator is told at once, with a code.
enum ChildRefusal {
    /// Runs `body`, which does a piece of work.
    /// - Throws: `Rejection` if the beginning of the source cannot be decoded at all; else what `body` throws.
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
            "The file's description of its video or audio is damaged (\(failure.reason))."
        default: nil
        }
    }

    /// Whether the work starts at the beginning of the source. Damage after a good beginning does not reject a source.
    private static func isBeginning(_ work: ChildRequest.Work) -> Bool {
        switch work {
        case .video(_, let range, _): range.first == 0
        case .audio(_, let firstSegment): firstSegment == 0
        default: false
        }
    }
}
