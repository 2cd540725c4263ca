import Catalog
import NIOCore
import Redis
import SQL

#if canImport(Glibc)
    import Glibc
#endif

/// Why the program cannot run, as one line that says what to do about it.
struct StartupFailure: Error {
    let message: String
    /// `EX_CONFIG` (78) unless something better fits.
    var exitCode: Int32 = 78

    init(_ message: String, exitCode: Int32 = 78) {
        self.message = message
        self.exitCode = exitCode
    }

    /// The line for an error of a part that did not start.
    init(_ error: any Error, port: Int? = nil) {
        switch error {
        case let failure as StartupFailure: self = failure
        case let failure as PrivateRedisError: self.init("\(failure)", exitCode: Self.exitCode(of: failure))
        case let failure as RedisFailure: self.init("\(failure)", exitCode: failure.isLasting ? 78 : 69)
        case let failure as RedisEndpointError: self.init("REDIS_URL: \(failure)")
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

    /// 69 for what may be right at the next attempt without a change of the configuration, else 78: service managers
    /// start the program again after the first and not after the second (deploy/systemd).
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
