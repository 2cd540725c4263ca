import Glibc
import HostileCalls

/// What can be tried, by name.
enum Attempts {
    typealias Attempt = @Sendable (_ arguments: [String]) -> Void

    static let all: [String: Attempt] = files.merging(processes) { $1 }.merging(greed) { $1 }.merging(sockets) { $1 }

    private static let sockets: [String: Attempt] = [
        "tcp": { _ in judge(Int(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))) },
        "udp": { _ in judge(Int(socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0))) },
        "unix": { _ in judge(Int(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))) },
        "netlink": { _ in judge(Int(socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), 0))) },
        "pair": { _ in
            var ends: [Int32] = [0, 0]
            judge(Int(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)))
        },
    ]

    private static let files: [String: Attempt] = [
        "read": { judge(Int(open($0[0], O_RDONLY))) },
        "write": { judge(Int(open($0[0], O_WRONLY | O_CREAT, 0o600))) },
        "list": { judge(Int(open($0[0], O_RDONLY | O_DIRECTORY))) },
        "mkdir": { judge(Int(mkdir($0[0], 0o700))) },
        "unlink": { judge(Int(unlink($0[0]))) },
        "rename": { judge(Int(rename($0[0], $0[1]))) },
        "chmod": { judge(Int(chmod($0[0], 0o777))) },
        "truncate": { judge(Int(truncate($0[0], 0))) },
        // Its own folder, from which paths lead out.
        "own": { _ in judge(Int(open("own.txt", O_WRONLY | O_CREAT, 0o600))) },
        "symlink": { judge(Int(symlink($0[0], "way-out"))) },
        "hardlink": { judge(Int(link($0[0], "same"))) },
        "through": { _ in judge(Int(open("prepared", O_RDONLY))) },
        "through-writing": { _ in judge(Int(open("prepared", O_WRONLY))) },
        "above": { _ in judge(Int(open("../beside.db", O_RDONLY))) },
        "fifo": { _ in judge(Int(mkfifo("pipe", 0o600))) },
        "nameless": { _ in judge(Int(open(".", 0o20000000 | O_DIRECTORY | O_RDWR, 0o600))) },
        // Read-only stays read-only: the descriptor leads to no path.
        "source": { _ in judge(write(3, "x", 1)) },
        "reopen": { _ in judge(Int(open("/proc/self/fd/3", O_RDWR))) },
    ]

    private static let processes: [String: Attempt] = [
        "exec": { _ in
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
            judge(Int(execv("/bin/true", &arguments)))
        },
        "fork": { _ in
            judge(hostile_fork())
        },
        "bomb": { _ in
            var made = 0
            for _ in 0..<64 where hostile_fork() >= 0 { made += 1 }
            say(made == 0 ? "refused \(errno)" : "done \(made)")
        },
        "threads": { _ in
            var made = 0
            while made < 20_000, hostile_thread() == 0 { made += 1 }
            say("threads \(made)")
        },
        "ptrace": { judge(hostile_ptrace(pid($0))) },
        "memory": { judge(hostile_read_memory(pid($0), $0.count > 1 ? address($0[1]) : nil)) },
        "memory-file": { _ in judge(hostile_memory_file()) },
        "signal": { judge(Int(kill(pid($0), 0))) },
        "thread-signal": { judge(hostile_signal_thread(pid($0))) },
        "self-signal": { _ in judge(Int(raise(0))) },
        "mount": { _ in judge(Int(mount("none", "/", "tmpfs", 0, nil))) },
        "setuid": { _ in judge(Int(setuid(0))) },
        "ring": { _ in judge(hostile_ring()) },
        "code": { _ in
            let page = mmap(nil, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            judge(page == MAP_FAILED ? -1 : 0)
        },
        "code-later": { _ in
            let page = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            judge(Int(mprotect(page, 4096, PROT_READ | PROT_EXEC)))
        },
    ]

    private static let greed: [String: Attempt] = [
        "allocate": { _ in
            var blocks = 0
            while let block = malloc(64 << 20) {
                memset(block, 1, 4096)
                blocks += 1
            }
            say("blocks \(blocks)")
        },
        "spin": { _ in
            // Deaf to the polite signal as well.
            signal(SIGXCPU, SIG_IGN)
            var round: UInt64 = 0
            while true { round &+= 1 }
        },
        "raise-limits": { _ in
            var limit = rlimit(rlim_cur: .max, rlim_max: .max)
            judge(Int(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)))
        },
        "one-file": { _ in
            signal(SIGXFSZ, SIG_IGN)
            fill("one.bin")
            say("refused \(errno)")
        },
        "disk": { _ in
            fillForEver(AT_FDCWD)
        },
        // One folder in the other, until no path leads there any more, and files at the end.
        "deep": { _ in
            let name = String(repeating: "d", count: 250)
            var folder = enter(".")
            for _ in 0..<40 {
                guard mkdirat(folder, name, 0o700) == 0 else { return say("refused \(errno)") }
                let below = enter(name, in: folder)
                close(folder)
                folder = below
            }
            fillForEver(folder)
        },
        // Names that are no text, which a walk over strings does not find again.
        "odd-names": { _ in
            let name: [CChar] = [-1, -2, -3, 0]
            guard mkdirat(AT_FDCWD, name, 0o700) == 0 else { return say("refused \(errno)") }
            fillForEver(enter(name))
        },
        // A folder that its owner may write to and not look into.
        "closed-folder": { _ in
            guard mkdir("closed", 0o300) == 0 else { return say("refused \(errno)") }
            fillForEver(enter("closed"))
        },
        "descriptors": { _ in
            var count = 0
            while dup(3) >= 0 { count += 1 }
            say("descriptors \(count)")
        },
    ]

    /// A descriptor of a folder that serves to make files in it (`O_PATH` of Linux): more is not to be had.
    private static func enter(_ name: UnsafePointer<CChar>, in above: Int32 = AT_FDCWD) -> Int32 {
        openat(above, name, 0o10_000_000)
    }

    private static func fillForEver(_ folder: Int32) {
        guard folder >= 0 || folder == AT_FDCWD else { return say("refused \(errno)") }
        signal(SIGXFSZ, SIG_IGN)
        var number = 0
        while true {
            fill("\(number).bin", in: folder)
            number += 1
        }
    }

    private static func fill(_ name: String, in folder: Int32 = AT_FDCWD) {
        let file = openat(folder, name, O_WRONLY | O_CREAT, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let block = [UInt8](repeating: 7, count: 1 << 20)
        while write(file, block, block.count) > 0 {}
    }

    private static func address(_ text: String) -> UnsafeRawPointer? {
        UInt(text).flatMap { UnsafeRawPointer(bitPattern: $0) }
    }

    private static func pid(_ arguments: [String]) -> Int32 { arguments.first.flatMap { Int32($0) } ?? getppid() }
}
