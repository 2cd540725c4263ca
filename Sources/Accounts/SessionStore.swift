/// Where sessions and counts of wrong passwords live. Everything in it may be lost without harm but a new sign-in.
///
/// Every function throws ``AccountsError/sessionStoreUnavailable`` when the store does not answer.
public protocol SessionStore: Sendable {
    /// Keeps a session under the digest of its token for so many seconds.
    func save(_ session: Session, digest: String, seconds: Int) async throws

    /// The session under a digest; `nil` if there is none any more.
    func find(digest: String) async throws -> Session?

    /// Forgets a session; nothing happens if there is none.
    func remove(digest: String) async throws

    /// Wrong passwords in a row under a key, and seconds until they are forgotten.
    func failures(key: String) async throws -> (count: Int, secondsLeft: Int)

    /// Counts one more wrong password and keeps the count for so many seconds from now.
    func countFailure(key: String, seconds: Int) async throws

    /// Forgets the count.
    func forgetFailures(key: String) async throws
}
