/// Stores sessions, counts of attempts and known clients. If all of it is lost, users only have to sign in again.
///
/// Every function throws ``AccountsError/sessionStoreUnavailable`` when the store does not answer.
public protocol SessionStore: Sendable {
    /// Stores a session under the digest of its token for some seconds; of an account only the newest
    /// ``Session/mostOfAccount`` remain.
    func save(_ session: Session, digest: String, seconds: Int) async throws

    /// The session under a digest; `nil` if there is none.
    func find(digest: String) async throws -> Session?

    /// Removes a session; does nothing if there is none.
    func remove(digest: String) async throws

    /// Admits an attempt if all of its limits allow it, atomically. Each admitted attempt has to be ended.
    func begin(_ limits: [AttemptLimit]) async throws -> AttemptAdmission

    /// Ends an admitted attempt with an outcome for each of its limits.
    func end(_ attempts: [(limit: AttemptLimit, outcome: AttemptOutcome)]) async throws

    /// Stores the key of a known client of an account for some seconds.
    func setKnown(key: String, seconds: Int) async throws

    /// Whether a key of a known client is stored.
    func isKnown(key: String) async throws -> Bool
}
