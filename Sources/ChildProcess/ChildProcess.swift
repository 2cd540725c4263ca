import CLaunch
import Dispatch
import Glibc

/// A program that was started by this one.
///
/// Started by `fork` and `execve` with its limits, descriptors and environment in place before its first instruction;
/// it inherits nothing that is not named. Waiting for its end blocks no thread (`pidfd_open(2)`).
public final class ChildProcess: Sendable {
    /// What to start and with what.
    public struct Options: Sendable {
        /// Absolute path of the program.
        public var executable: String
        /// Arguments after the program's name.
        public var arguments: [String]
        /// The whole environment; nothing is inherited.
        public var environment: [String: String]
        /// Folder to start in; `nil` for the parent's.
        public var workingDirectory: String?
        /// Descriptors by their number in the child; all others are closed. At most 32.
        public var descriptors: [Int32: Int32]
        /// Resource limits.
        public var limits: Limits
        /// Whether the kernel kills the child when this process ends, however it ends.
        public var diesWithParent: Bool
        /// Whether it goes without sockets, a look into other processes and privileged calls (`seccomp(2)`, and a network
        /// of its own with nothing in it where the kernel allows that). The first stage of the sandbox; see ``Sandbox``.
        public var isRestricted: Bool
        /// Steps to lower its priority by, 0…19.
        public var niceness: Int32

        /// What to start; everything but the program has a default.
        public init(
            executable: String, arguments: [String] = [], environment: [String: String] = [:],
            workingDirectory: String? = nil, descriptors: [Int32: Int32] = [:], limits: Limits = Limits(),
            diesWithParent: Bool = true, isRestricted: Bool = false, niceness: Int32 = 0
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.descriptors = descriptors
            self.limits = limits
            self.diesWithParent = diesWithParent
            self.isRestricted = isRestricted
            self.niceness = niceness
        }
    }

    /// Resource limits of a child (`setrlimit(2)`); 0 means none.
    public struct Limits: Sendable, Hashable {
        /// Bytes of address space.
        public var addressSpace: UInt64 = 0
        /// Seconds of processor time.
        public var cpuSeconds: UInt64 = 0
        /// Bytes of the largest file it may write.
        public var fileSize: UInt64 = 0
        /// Descriptors it may hold.
        public var openFiles: UInt64 = 0
        /// Processes and threads of its user; not enforced by the kernel for root.
        public var processes: UInt64 = 0

        /// No limits; set what is needed.
        public init() {}
    }

    /// How a child ended.
    public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
        /// It returned this code.
        case exited(Int32)
        /// This signal ended it.
        case signaled(Int32)

        /// `exit 1` or `signal 9`.
        public var description: String {
            switch self {
            case .exited(let code): "exit \(code)"
            case .signaled(let number): "signal \(number)"
            }
        }
    }

    /// Its process id.
    public let pid: Int32
    private let descriptor: Int32

    private init(pid: Int32, descriptor: Int32) {
        self.pid = pid
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Starts a program.
    /// - Throws: ``LaunchFailure`` with the `errno` of the step that failed, `ENOENT` for a missing program among them.
    public static func spawn(_ options: Options) throws(LaunchFailure) -> ChildProcess {
        let arguments = CStrings([options.executable] + options.arguments)
        let environment = CStrings(options.environment.map { "\($0.key)=\($0.value)" }.sorted())
        let descriptors = options.descriptors.map { vh_descriptor(child: $0.key, parent: $0.value) }
        var pid: pid_t = 0
        let code = options.executable.withCString { executable in
            withOptionalCString(options.workingDirectory) { directory in
                descriptors.withUnsafeBufferPointer { descriptors in
                    var launch = vh_launch()
                    launch.executable = executable
                    launch.arguments = UnsafePointer(arguments.pointers)
                    launch.environment = UnsafePointer(environment.pointers)
                    launch.directory = directory
                    launch.descriptors = descriptors.baseAddress
                    launch.descriptor_count = descriptors.count
                    launch.address_space = options.limits.addressSpace
                    launch.cpu_seconds = options.limits.cpuSeconds
                    launch.file_size = options.limits.fileSize
                    launch.open_files = options.limits.openFiles
                    launch.processes = options.limits.processes
                    launch.dies_with_parent = options.diesWithParent ? 1 : 0
                    launch.restricted = options.isRestricted ? 1 : 0
                    launch.nice = options.niceness
                    return vh_launch(&launch, &pid)
                }
            }
        }
        guard code == 0 else { throw LaunchFailure(executable: options.executable, errno: code) }
        let descriptor = vh_pidfd_open(pid)
        guard descriptor >= 0 else {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            throw LaunchFailure(executable: options.executable, errno: -descriptor)
        }
        return ChildProcess(pid: pid, descriptor: descriptor)
    }

    /// Sends a signal; does nothing once the child has been waited for.
    public func terminate(signal: Int32 = 15) {
        // Through the pidfd: the number may belong to someone else by now.
        _ = vh_pidfd_signal(descriptor, signal)
    }

    /// Stops all threads of the child until ``proceed()``. A stopped child can be killed, and dies with its parent.
    public func pause() { _ = vh_pidfd_signal(descriptor, SIGSTOP) }

    /// Lets a stopped child go on where it stopped; does nothing to a running one.
    public func proceed() { _ = vh_pidfd_signal(descriptor, SIGCONT) }

    /// Waits for the end, without holding a thread. To be called once.
    public func waitForExit() async -> ExitStatus {
        await ReadableDescriptor.wait(for: descriptor)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .signaled(signal)
    }

    /// Finds a program in the folders of a `PATH`.
    /// - Returns: Its absolute path, or `nil` if no folder has it.
    public static func find(_ name: String, path: String?) -> String? {
        for folder in (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let candidate = "\(folder)/\(name)"
            if candidate.hasPrefix("/"), access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }
}

/// A program that could not be started.
public struct LaunchFailure: Error, CustomStringConvertible {
    /// The program.
    public let executable: String
    /// The system's error number.
    public let errno: Int32

    /// `cannot start PROGRAM: reason`.
    public var description: String { "cannot start \(executable): \(String(cString: strerror(errno)))" }
}

private func withOptionalCString<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let text else { return body(nil) }
    return text.withCString(body)
}

/// A NULL-terminated array of C strings that lives as long as this object.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        pointers[strings.count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
