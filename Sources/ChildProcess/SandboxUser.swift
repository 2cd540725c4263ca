import Glibc
import Synchronization

/// The user that children run as if this process is root. The children of another user keep that user.
public enum SandboxUser: Sendable, Hashable {
    /// A number of its own for each child, of the range that systemd reserves for dynamic users, so that children cannot reach
    /// each other's files and each has its own count of threads.
    case dynamic
    /// This user and group, for all children.
    case fixed(user: UInt32, group: UInt32)

    /// Parses `dynamic`, a user's name, `UID` or `UID:GID`; `nil` for an unknown name and for root.
    public init?(_ text: String) {
        if text == "dynamic" {
            self = .dynamic
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let user: UInt32
        let group: UInt32
        if let number = parts.first.flatMap({ UInt32($0) }) {
            guard parts.count <= 2, let own = parts.count == 2 ? UInt32(parts[1]) : number else { return nil }
            (user, group) = (number, own)
        } else {
            guard parts.count == 1, let entry = getpwnam(text) else { return nil }
            (user, group) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
        guard user != 0, group != 0, user != .max, group != .max else { return nil }
        self = .fixed(user: user, group: group)
    }

    private static let first: UInt32 = 61_184
    private static let count: UInt32 = 4_096
    private static let started = Atomic<UInt32>(0)

    /// Numbers for the next child.
    func next() -> (user: UInt32, group: UInt32) {
        switch self {
        case .fixed(let user, let group): return (user, group)
        case .dynamic:
            // Two servers of one machine begin at different places.
            let turn = Self.started.wrappingAdd(1, ordering: .relaxed).oldValue &+ UInt32(bitPattern: getpid()) &* 61
            let number = Self.first + turn % Self.count
            return (number, number)
        }
    }
}

extension ChildProcess.Options {
    /// Threads of a child with a user of its own.
    private static let threads: UInt64 = 512

    /// Puts the first stage of the sandbox in place, for a program that calls ``Sandbox/enter()`` as soon as it can.
    ///
    /// It starts in `folder`, which is handed over to the child's user where this process is root, without a network, and
    /// with a limit on descriptors. Other limits are the caller's. The environment is left as it is: set nothing secret.
    public mutating func confine(to folder: String, as user: SandboxUser) {
        workingDirectory = folder
        isRestricted = true
        diesWithParent = true
        if limits.openFiles == 0 { limits.openFiles = 64 }
        chmod(folder, 0o700)
        guard geteuid() == 0 else { return }
        let numbers = user.next()
        // Where root may not do this, the child stays root and says that the layer is missing.
        guard chown(folder, numbers.user, numbers.group) == 0 else { return }
        if case .dynamic = user, limits.processes == 0 { limits.processes = Self.threads }
    }
}
