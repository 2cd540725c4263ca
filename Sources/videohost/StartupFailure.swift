import NIOCore
import Pages
import Redis
import SQL

#if canImport(Glibc)
    import Glibc
#endif

/// Why the program cannot start, as one line with advice.
struct StartupFailure: Error {
    /// The line.
    let message: String
    /// The exit status; `EX_CONFIG` (78) by default.
    let exitCode: Int32

    /// A failure with a message.
    init(_ message: String, exitCode: Int32 = 78) {
        self.message = message
        self.exitCode = exitCode
    }

    /// A failure from an error of a component that did not start.
    init(_ error: any Error, port: Int? = nil) {
        switch error {
        case let failure as StartupFailure: self = failure
        case let failure as PrivateRedisError: self.init("\(failure)", exitCode: Self.exitCode(of: failure))
        case let failure as RedisFailure: self.init("\(failure)", exitCode: failure.isLasting ? 78 : 69)
        case let failure as RedisEndpointError: self.init("REDIS_URL: \(failure)")
        case let failure as PagesError: self.init("cannot start: \(failure)")
        case let failure as SQLFailure: self.init("\(failure)", exitCode: Self.exitCode(of: failure))
        case let failure as IOError where failure.errnoCode == EADDRINUSE:
            self.init(
                "port \(port.map(String.init) ?? "") is taken: stop the program that uses it, or choose another with --port",
                exitCode: 69)
        case let failure as IOError where failure.errnoCode == EACCES:
            self.init(
                "port \(port.map(String.init) ?? "") needs more rights: choose one above 1023 with --port", exitCode: 77
            )
        case let failure as IOError where failure.errnoCode == EADDRNOTAVAIL:
            self.init("this machine has no such address: check --host", exitCode: 69)
        default: self.init("cannot start: \(error)", exitCode: 70)
        }
    }

    /// 69 if the next attempt may succeed without a change of the configuration, else 78. Service managers restart the
    /// program after 69 but not after 78 (deploy/systemd).
    private static func exitCode(of failure: SQLFailure) -> Int32 {
        switch failure.code {
        case .busy, .timeout, .unavailable, .outcomeUnknown, .full, .io, .closed: 69
        default: 78
        }
    }

    private static func exitCode(of failure: PrivateRedisError) -> Int32 {
        switch failure {
        case .inUse, .didNotStart: 69
        case .folderUnusable: 73
        case .notInstalled: 78
        }
    }
}
