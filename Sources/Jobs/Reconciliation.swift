/// What a pass of the ``Reconciler`` did.
public struct Reconciliation: Sendable, Hashable, Codable {
    /// Tasks that were taken away from workers that had gone silent.
    public var reclaimed: Int
    /// Tasks that are handed out, wait for a worker and were offered to Redis again; it keeps those that it had lost.
    public var offered: Int

    /// A pass.
    public init(reclaimed: Int, offered: Int) {
        self.reclaimed = reclaimed
        self.offered = offered
    }
}
