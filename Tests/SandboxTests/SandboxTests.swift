import ChildProcess
import Foundation
import Glibc
import Testing

@Suite("A taken-over decoder") struct SandboxTests {
    @Test("opens no socket", arguments: ["tcp", "udp", "unix", "netlink", "pair"])
    func sockets(attempt: String) async throws {
        #expect(try await HostileRun.start(attempt, isFree: true).lines.first?.hasPrefix("done") == true)
        let run = try await HostileRun.start(attempt)
        #expect(run.isRefused, "\(run)")
    }

    @Test(
        "reads nothing but what it was handed",
        arguments: [
            ("read", "/etc/passwd"), ("read", "BASE/beside.db"), ("above", ""), ("list", "/etc"), ("list", "/proc"),
            ("read", "/dev/zero"), ("read", "/dev/urandom"), ("read", "/proc/self/environ"),
            ("read", "/proc/self/maps"),
        ]) func reading(attempt: String, path: String) async throws
    {
        let free = try await HostileRun.start(attempt, [path], isFree: true)
        #expect(free.lines.first?.hasPrefix("done") == true, "\(free)")
        let run = try await HostileRun.start(attempt, [path])
        #expect(run.isRefused, "\(run)")
    }

    @Test(
        "writes nowhere but into its folder",
        arguments: [
            ("write", "BASE/beside.db"), ("write", "BASE/new"), ("write", "/tmp/videohost-hostile"),
            ("mkdir", "BASE/new"),
            ("unlink", "BASE/beside.db"), ("chmod", "BASE/beside.db"), ("truncate", "BASE/beside.db"),
            ("write", "/dev/null"), ("source", ""), ("reopen", ""), ("nameless", ""), ("memory-file", ""),
        ]) func writing(attempt: String, path: String) async throws
    {
        let run = try await HostileRun.start(attempt, [path])
        #expect(run.isRefused, "\(run)")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/videohost-hostile"))
        let own = try await HostileRun.start("own")
        #expect(own.lines.first?.hasPrefix("done") == true, "\(own)")
    }

    @Test(
        "makes no link, pipe or other way out, and follows none",
        arguments: ["symlink", "hardlink", "fifo", "through", "through-writing"])
    func links(attempt: String) async throws {
        let run = try await HostileRun.start(
            attempt, ["BASE/beside.db"],
            prepare: { folder in
                // A link that is there already, whoever made it.
                symlink(folder + "/../beside.db", folder + "/prepared")
            })
        #expect(run.isRefused, "\(run)")
    }

    @Test("removes and renames nothing, so that what it wrote can be counted", arguments: ["unlink", "rename"])
    func counted(attempt: String) async throws {
        let run = try await HostileRun.start(
            attempt, ["mine.txt", "yours.txt"],
            prepare: { folder in
                try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/mine.txt"))
                chmod(folder + "/mine.txt", 0o666)
            })
        #expect(run.isRefused, "\(run)")
    }

    @Test("starts no program and no process", arguments: ["exec", "fork", "bomb"])
    func processes(attempt: String) async throws {
        let run = try await HostileRun.start(attempt)
        #expect(run.isRefused, "\(run)")
    }

    @Test("does not reach its parent", arguments: ["ptrace", "memory", "signal", "thread-signal"])
    func parent(attempt: String) async throws {
        let run = try await HostileRun.start(attempt, ["\(getpid())"])
        #expect(run.isRefused, "\(run)")
    }

    @Test("does not read what its parent is", arguments: ["environ", "maps", "mem", "fd/0", "root/etc/passwd"])
    func parentFiles(name: String) async throws {
        let path = "/proc/\(getpid())/\(name)"
        if name == "environ" {
            let free = try await HostileRun.start("read", [path], isFree: true)
            #expect(free.lines.first?.hasPrefix("done") == true, "\(free)")
        }
        let run = try await HostileRun.start("read", [path])
        #expect(run.isRefused, "\(run)")
    }

    @Test("gets no rights and no code", arguments: ["mount", "setuid", "ring", "raise-limits", "code", "code-later"])
    func rights(attempt: String) async throws {
        let run = try await HostileRun.start(attempt)
        #expect(run.isRefused, "\(run)")
    }

    @Test("may signal itself, or abort would not work") func abort() async throws {
        #expect(try await HostileRun.start("self-signal").lines == ["done 0"])
    }

    @Test("runs out of memory, not the machine") func memory() async throws {
        let run = try await HostileRun.start("allocate")
        let blocks = try #require(run.count("blocks"))
        #expect(blocks > 0 && blocks < 64)
    }

    @Test("has only so many threads") func threads() async throws {
        let run = try await HostileRun.start("threads") {
            // The count of threads is the user's, so for an ordinary user the address space alone is the bound.
            if geteuid() == 0 { $0.limits.addressSpace = 64 << 30 }
        }
        let made = try #require(run.count("threads"))
        #expect(made > 0 && made < 512)
    }

    @Test("has only so many descriptors") func descriptors() async throws {
        let made = try #require(try await HostileRun.start("descriptors").count("descriptors"))
        #expect(made > 0 && made <= 61)
    }

    @Test("does not spin for ever") func spin() async throws {
        let run = try await HostileRun.start("spin") { $0.limits.cpuSeconds = 1 }
        #expect(run.status == .signaled(SIGKILL))
    }

    @Test("does not fill the disk") func disk() async throws {
        let one = try await HostileRun.start("one-file")
        #expect(one.lines == ["refused \(EFBIG)"])
        #expect(one.byteCount == 8 << 20)
        let many = try await HostileRun.start("disk", quota: 32 << 20) { $0.limits.cpuSeconds = 30 }
        #expect(many.wasOverQuota)
        #expect(many.status == .signaled(SIGKILL))
    }

    @Test(
        "does not fill the disk where nobody would look, and leaves nothing behind",
        arguments: ["deep", "odd-names", "closed-folder"])
    func hiddenFiles(attempt: String) async throws {
        let run = try await HostileRun.start(attempt, quota: 32 << 20) { $0.limits.cpuSeconds = 30 }
        #expect(run.wasOverQuota, "\(run)")
        #expect(run.status == .signaled(SIGKILL))
        #expect(run.isRemoved)
    }

    @Test("and the next child starts as if nothing had been") func goesOn() async throws {
        for attempt in ["exec", "spin", "bomb"] {
            _ = try await HostileRun.start(attempt) { $0.limits.cpuSeconds = 1 }
        }
        #expect(try await HostileRun.start("own").lines.first?.hasPrefix("done") == true)
    }
}
