/// How to talk to a PostgreSQL server: limits and times, all with defaults that fit one program on one machine.
public struct PostgreSQLConfiguration: Sendable, Hashable {
    /// Connections at the same time; each has a thread of its own.
    public var maximumConnections = 8
    /// How long a piece of work waits for a connection, and for a server that cannot be reached.
    public var patience: Duration = .seconds(5)
    /// How long one attempt to connect may take; the address' `connect_timeout` comes first.
    public var connectTimeout: Duration = .seconds(5)
    /// How long one statement may take.
    public var statementTimeout: Duration = .seconds(30)
    /// How long a statement waits for a row that another transaction has locked.
    public var lockTimeout: Duration = .seconds(5)
    /// How long data sent may go unacknowledged before a server counts as lost (`TCP_USER_TIMEOUT`).
    public var networkTimeout: Duration = .seconds(20)
    /// How often a transaction is run again that lost against another one, or its server.
    public var maximumRetries = 10
    /// Prepared statements that a connection keeps.
    public var statementCacheSize = 256

    /// The defaults.
    public init() {}
}
