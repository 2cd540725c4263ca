import AV
import MediaModel
import Transcoder

extension ChildRequest.Work {
    /// The rejection for an error that the source causes, because its headers promise what its bytes do not hold; `nil` for
    /// other errors.
    ///
    /// Another attempt would fail as well, so the creator is told at once, with a code. Damage after a good beginning does
    /// not reject a source: only work that starts at its beginning can.
    func rejection(for error: any Error) -> Rejection? {
        switch self {
        case .video(_, let range, _) where range.first == 0: break
        case .audio(_, let range) where range.first == 0: break
        default: return nil
        }
        switch error {
        case TranscodeError.nothingDecoded:
            return Rejection(.undecodable, "Not one frame of the file could be decoded.")
        case let failure as AVFailure where failure.kind == .invalidData:
            return Rejection(
                .undecodable, "The file's description of its video or audio is damaged (\(failure.reason)).")
        default: return nil
        }
    }
}
