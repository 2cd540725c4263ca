import Glibc
import Testing

@testable import ChildProcess

@Suite("Children") struct ChildProcessTests {
    private func run(_ script: String, _ change: (inout ChildProcess.Options) -> Void = { _ in }) async throws
        -> (lines: [String], status: ChildProcess.ExitStatus)
    {
        let output = try ChildPipe()
        var options = ChildProcess.Options(executable: "/bin/sh", arguments: ["-c", script])
        options.descriptors = [1: output.writing]
        change(&options)
        let child = try ChildProcess.spawn(options)
        close(output.writing)
        let reader = LineReader(descriptor: output.reading)
        var lines: [String] = []
        while let line = await reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        return (lines, await child.waitForExit())
    }

    @Test("Output and exit code arrive") func outputAndExit() async throws {
        let result = try await run("echo one; echo two; printf three; exit 7")
        #expect(result.lines == ["one", "two", "three"])
        #expect(result.status == .exited(7))
    }

    @Test("Descriptors come and go while others are waited for")
    func descriptorsComeAndGo() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var lines = 0
                    for _ in 0..<1000 {
                        let pipe = try ChildPipe()
                        let reader = LineReader(descriptor: pipe.reading)
                        async let line = reader.next()
                        await Task.yield()
                        _ = "a\n".withCString { write(pipe.writing, $0, 2) }
                        if await line == Array("a".utf8) { lines += 1 }
                        close(pipe.writing)
                    }
                    return lines
                }
            }
            let lines = try await group.reduce(0, +)
            #expect(lines == 8000)
        }
    }

    @Test("A signal is told apart from an exit code") func signal() async throws {
        #expect(try await run("kill -9 $$").status == .signaled(9))
    }

    @Test("Nothing is inherited: no environment, no descriptor, no way to gain rights") func nothingInherited()
        async throws
    {
        let secret = open("/etc/hostname", O_RDONLY)
        defer { close(secret) }
        let result = try await run(
            "ls /proc/self/fd; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL=; grep NoNewPrivs /proc/self/status"
        ) {
            $0.environment = ["ONLY": "this"]
        }
        #expect(result.lines.contains("ONLY=this"))
        #expect(result.lines.filter { $0.contains("=") } == ["ONLY=this"])
        #expect(!result.lines.contains("\(secret)"))
        #expect(result.lines.contains("NoNewPrivs:\t1"))
    }

    @Test("Descriptors can trade places") func swap() async throws {
        let a = try ChildPipe()
        let b = try ChildPipe()
        let child = try ChildProcess.spawn(
            .init(
                executable: "/bin/bash", arguments: ["-c", "echo a >&\(b.writing); echo b >&\(a.writing)"],
                descriptors: [b.writing: a.writing, a.writing: b.writing]))
        close(a.writing)
        close(b.writing)
        #expect(await LineReader(descriptor: a.reading).next() == Array("a".utf8))
        #expect(await LineReader(descriptor: b.reading).next() == Array("b".utf8))
        #expect(await child.waitForExit() == .exited(0))
    }

    @Test("The limit on files holds") func fileSize() async throws {
        let result = try await run("head -c 100000 /dev/zero > /tmp/vh-limit-$$; echo $?; rm -f /tmp/vh-limit-$$") {
            $0.limits.fileSize = 4096
        }
        #expect(result.lines != ["0"])
    }

    @Test("A restricted child opens no socket, and is no smaller otherwise") func restricted() async throws {
        let script = "exec 2>&1; echo works; : > /dev/tcp/127.0.0.1/1"
        let free = try await run(script) { $0.executable = "/bin/bash" }
        #expect(free.lines.first == "works" && free.lines.contains { $0.contains("refused") })
        let held = try await run(script) {
            $0.executable = "/bin/bash"
            $0.isRestricted = true
        }
        #expect(held.lines.first == "works" && held.lines.contains { $0.contains("not permitted") })
    }

    @Test("A missing program is a failure with its name") func missing() {
        let failure = #expect(throws: LaunchFailure.self) {
            try ChildProcess.spawn(.init(executable: "/nowhere/program"))
        }
        #expect(failure?.errno == ENOENT)
        #expect(failure?.description.contains("/nowhere/program") == true)
    }

    @Test("A child can be ended") func terminate() async throws {
        let child = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
        child.terminate(signal: SIGKILL)
        #expect(await child.waitForExit() == .signaled(SIGKILL))
    }

    @Test("A reader holds no more than what has not been asked for, wherever its reads end") func talkative()
        async throws
    {
        let pipe = try ChildPipe()
        let reader = LineReader(descriptor: pipe.reading)
        let line = [UInt8](repeating: 0x61, count: 1000) + [0x0a]
        // Each write ends within a line, so no read ever ends at one.
        #expect(write(pipe.writing, Array(line[...499]), 500) == 500)
        var most = 0
        for _ in 0..<1000 {
            let piece = Array(line[500...] + line[..<500])
            #expect(write(pipe.writing, piece, piece.count) == piece.count)
            #expect(await reader.next()?.count == 1000)
            most = max(most, await reader.bufferedByteCount)
        }
        #expect(most <= 2 * line.count)
        close(pipe.writing)
    }

    @Test("A pipe holds no more than it was given") func capacity() throws {
        let pipe = try ChildPipe(capacity: 4096)
        defer {
            close(pipe.reading)
            close(pipe.writing)
        }
        _ = fcntl(pipe.writing, F_SETFL, O_NONBLOCK)
        let block = [UInt8](repeating: 0, count: 1 << 20)
        #expect(write(pipe.writing, block, block.count) == 4096)
    }
}
