/// Where sessions, counts of attempts and known clients live. Everything in it may be lost without harm but a new sign-in.
///
/// Every function throws ``AccountsError/sessionStoreUnavailable`` when the store does not answer.
public protocol SessionStore: Sendable {
    /// Keeps a session under the digest of its token for so many seconds; of an account only the newest
    /// ``Session/mostOfAccount``.
    func save(_ session: Session, digest: String, seconds: Int) async throws

    /// The session under a digest; `nil` if there is none any more.
    func find(digest: String) async throws -> Session?

    /// Forgets a session; nothing happens if there is none.
    func remove(digest: String) async throws

    /// Lets an attempt through if all of its limits do, in one step. Each attempt that is let through has to be ended.
    func begin(_ limits: [AttemptLimit]) async throws -> AttemptAdmission

    /// Says of each limit of an attempt that was let through how it ended.
    func end(_ attempts: [(limit: AttemptLimit, outcome: AttemptOutcome)]) async throws

    /// Remembers a client of an account under a key for so many seconds from now.
    func setKnown(key: String, seconds: Int) async throws

    /// Whether a key is remembered.
    func isKnown(key: String) async throws -> Bool
}
