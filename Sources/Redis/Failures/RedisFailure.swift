/// The failure of a command, or of connecting.
public struct RedisFailure: Error, Hashable {
    /// The kinds of failure that callers distinguish.
    public enum Code: Sendable, Hashable {
        /// The connection ended before the reply. `mayHaveRun` is `false` only if the server cannot have received the
        /// command.
        case disconnected(mayHaveRun: Bool)
        /// The reply did not arrive in time; the command may have run.
        case timeout
        /// The server refused the command; the text is its own.
        case server(String)
        /// The server's bytes were not RESP2.
        case protocolViolation
        /// There was no connection in time, or the client was shut down; the command has not run.
        case unavailable
        /// There was no secure connection: a certificate, its file, or a server without TLS; the command has not run.
        case untrusted
    }

    /// The kind of failure.
    public let code: Code
    /// One line for the log; never contains a password.
    public let message: String

    /// Creates a failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the server may have run the command although no reply arrived.
    public var mayHaveRun: Bool {
        switch code {
        case .disconnected(let mayHaveRun): mayHaveRun
        case .timeout, .protocolViolation: true
        case .server, .unavailable, .untrusted: false
        }
    }

    /// Whether the failure lasts until a setting is changed: a wrong password, an untrusted certificate.
    public var isLasting: Bool {
        switch code {
        case .untrusted: true
        case .server(let text): ServerRefusal.isLasting(text)
        default: false
        }
    }

    /// The first word of the server's error (`NOGROUP`, `WRONGTYPE`, …); `nil` for other failures.
    public var serverWord: String? {
        guard case .server(let text) = code else { return nil }
        return text.split(separator: " ", maxSplits: 1).first.map(String.init)
    }
}

extension RedisFailure: CustomStringConvertible {
    /// `redis: message`.
    public var description: String { "redis: \(message)" }
}
