/// Why a command has no reply.
public struct RedisFailure: Error, Hashable {
    /// Kinds of failure that a caller can act on.
    public enum Code: Sendable, Hashable {
        /// The connection ended before the reply. `mayHaveRun` is false only when the server cannot have seen the
        /// command.
        case disconnected(mayHaveRun: Bool)
        /// No reply in time; the command may have run.
        case timeout
        /// The server refused, in its own words.
        case server(String)
        /// The server's bytes were not RESP2.
        case protocolViolation
        /// No connection could be made in time, or the client was shut down; the command has not run.
        case unavailable
        /// No secure connection: the certificate, its file, or a server without TLS; the command has not run.
        case untrusted
    }

    /// What kind of failure.
    public let code: Code
    /// One line for the log; names the endpoint where that helps, never a password.
    public let message: String

    /// A failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the server may have carried the command out although no reply arrived.
    public var mayHaveRun: Bool {
        switch code {
        case .disconnected(let mayHaveRun): mayHaveRun
        case .timeout, .protocolViolation: true
        case .server, .unavailable, .untrusted: false
        }
    }

    /// Whether trying again cannot help until somebody changes the settings: a wrong password, an untrusted certificate.
    public var isLasting: Bool {
        switch code {
        case .untrusted: true
        case .server(let text): ServerRefusal.isLasting(text)
        default: false
        }
    }

    /// The first word of a server's refusal (`NOGROUP`, `WRONGTYPE`, …); `nil` for other failures.
    public var serverWord: String? {
        guard case .server(let text) = code else { return nil }
        return text.split(separator: " ", maxSplits: 1).first.map(String.init)
    }
}

extension RedisFailure: CustomStringConvertible {
    /// `redis: message`.
    public var description: String { "redis: \(message)" }
}
