public import Accounts
public import MediaModel

/// Why an upload was refused or has failed. The HTTP layer maps each case to one status and code.
public enum UploadError: Error, Sendable, Hashable {
    /// There is no such upload, or the secret in its URL is wrong.
    case notFound
    /// The upload was terminated or has expired.
    case gone
    /// Another request holds the upload; the client may retry.
    case locked
    /// The bytes do not start at the upload's offset.
    case offsetMismatch(current: Int64)
    /// The file is larger than any upload may be.
    case tooLarge(limit: Int64)
    /// The body has more bytes than the upload's announced length.
    case lengthExceeded(length: Int64)
    /// The announced length differs from the known one, or is less than what has arrived.
    case lengthFixed(length: Int64)
    /// The account has reached a quota.
    case quotaExceeded(Quota, limit: Int64)
    /// The disk would have less free space than its reserve.
    case noSpace
    /// The digest of the bytes is not the announced one; none of them is stored.
    case checksumMismatch
    /// The connection ended, or was idle for too long, before all bytes had arrived.
    case interrupted(received: Int64)
    /// The file has no bytes.
    case empty
    /// The first bytes show that the file would be rejected; the rest is not received.
    case rejected(Rejection)
    /// There is no such video, or it belongs to another account.
    case videoNotFound
    /// The video already has its source.
    case videoHasSource
    /// Another upload for the video is in progress.
    case uploadInProgress
    /// The form has no title.
    case titleMissing
    /// The title is empty, too long or not text.
    case titleInvalid
    /// The description is too long or not text.
    case descriptionInvalid
    /// The form has no file.
    case fileMissing
    /// The form cannot be parsed.
    case form(MultipartError)
    /// A final upload takes its bytes only from its parts.
    case finalIsReadOnly
    /// A part of a final upload does not exist, belongs to another account or is not a partial upload.
    case partNotFound(index: Int)
    /// A part of a final upload is not complete.
    case partUnfinished(index: Int)
    /// A system call failed; not the client's fault.
    case system(call: String, code: Int32)
}
