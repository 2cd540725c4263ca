public import Accounts

/// Why bytes were not taken in. The edge maps each case to one status and code.
public enum UploadError: Error, Sendable, Hashable {
    /// No such upload, or the secret in its URL is wrong.
    case notFound
    /// The upload was terminated or has expired.
    case gone
    /// Somebody else is writing; worth another try.
    case locked
    /// The bytes do not start where the upload stands.
    case offsetMismatch(current: Int64)
    /// More bytes than any upload may have.
    case tooLarge(limit: Int64)
    /// More bytes than this upload said it would have.
    case lengthExceeded(length: Int64)
    /// A length for an upload whose length is known and another one.
    case lengthFixed(length: Int64)
    /// The account may not have more of something.
    case quotaExceeded(Quota, limit: Int64)
    /// The disk would be left with less than its reserve.
    case noSpace
    /// The bytes do not have the digest that was announced; none of them counts.
    case checksumMismatch
    /// The connection ended, or nothing came for too long, before all bytes had arrived.
    case interrupted(received: Int64)
    /// There was not one byte.
    case empty
    /// No such video, or it belongs to somebody else.
    case videoNotFound
    /// The video has its bytes already.
    case videoHasSource
    /// Another upload for the video is under way.
    case uploadInProgress
    /// The form has no title.
    case titleMissing
    /// The title is empty, too long or no text.
    case titleInvalid
    /// The description is too long or no text.
    case descriptionInvalid
    /// The form has no file.
    case fileMissing
    /// The form cannot be read.
    case form(MultipartError)
    /// A final upload gets its bytes from its parts only.
    case finalIsReadOnly
    /// A part of a final upload does not exist, belongs to somebody else or is no partial upload.
    case partNotFound(index: Int)
    /// A part of a final upload still lacks bytes.
    case partUnfinished(index: Int)
    /// A call of the operating system failed: a fault of ours.
    case system(call: String, code: Int32)
}
