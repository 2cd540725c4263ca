import CLaunch
import Glibc

/// The sandbox that a process enters before it reads untrusted bytes.
///
/// The first stage is in force before its first instruction (``ChildProcess/Options/confine(to:as:)``): limits, an empty
/// environment, descriptors, a network of its own. The second stage is here, after the dynamic loader and the runtime have
/// opened and mapped all they need: only so can everything else be refused without a list of the system's folders.
public enum Sandbox {
    /// Enters the sandbox, for good. To be called by the process' only thread, in its scratch folder.
    ///
    /// Afterwards it can write new files below that folder and use the descriptors that it holds, and start threads.
    /// It opens nothing else, starts no program, has no socket and no capability. See `filter.c` and `landlock.c`.
    /// - Returns: What the kernel gave; to be compared with what is required.
    /// - Throws: ``SandboxFailure`` if it has several threads or no folder.
    public static func enter() throws(SandboxFailure) -> Confinement {
        var result = vh_confinement()
        let code = vh_confine(&result)
        guard code == 0 else { throw SandboxFailure(errno: code) }
        return Confinement(result)
    }

    /// The number of this process' network namespace, or 0 where `/proc` does not tell.
    static var network: UInt64 {
        var entry = stat()
        return stat("/proc/self/ns/net", &entry) == 0 ? UInt64(entry.st_ino) : 0
    }
}

/// A sandbox that could not be entered.
public struct SandboxFailure: Error, CustomStringConvertible {
    /// The system's error number; `EBUSY` for several threads.
    public let errno: Int32

    /// A failure with the system's number.
    public init(errno: Int32) { self.errno = errno }

    /// `cannot enter the sandbox: reason`.
    public var description: String { "cannot enter the sandbox: \(String(cString: strerror(errno)))" }
}

/// The layers that confine a process, as the process itself has found them.
public struct Confinement: Codable, Sendable, Hashable {
    /// 1 with a user of its own, 0 where it was not started as root, else a negative `errno`.
    public let user: Int32
    /// Its user's number.
    public let userID: UInt32
    /// 1 if Landlock holds it to its folder, else a negative `errno`.
    public let files: Int32
    /// Version of the kernel's Landlock, or 0.
    public let landlockVersion: Int32
    /// 1 if only listed system calls are allowed, else a negative `errno`.
    public let calls: Int32
    /// 1 without capabilities and without a way to gain any, else a negative `errno`.
    public let rights: Int32
    /// Number of its network namespace, or 0.
    public let network: UInt64
    /// Descriptors that it may hold.
    public let openFiles: UInt64
    /// Names of layers that did not stop a forbidden attempt.
    public let leaks: Set<SandboxLayer>

    init(_ result: vh_confinement) {
        user = result.user
        userID = geteuid()
        files = result.files
        landlockVersion = result.landlock_abi
        calls = result.calls
        rights = result.rights
        network = result.network
        var limit = rlimit()
        openFiles = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? UInt64(limit.rlim_max) : .max
        leaks = Self.attempts()
    }

    /// Whether all that the process can judge by itself is in force.
    public var isWhole: Bool { user >= 0 && files == 1 && calls == 1 && rights == 1 && leaks.isEmpty }

    /// Detects a kernel that accepts a rule and does not enforce it.
    private static func attempts() -> Set<SandboxLayer> {
        var leaks: Set<SandboxLayer> = []
        let file = open("/etc/passwd", O_RDONLY | O_CLOEXEC)
        if file >= 0 {
            leaks.insert(.files)
            close(file)
        }
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if socket >= 0 {
            leaks.insert(.network)
            close(socket)
        }
        // Harmless, and not on the list.
        if getpgid(0) >= 0 { leaks.insert(.calls) }
        return leaks
    }
}
