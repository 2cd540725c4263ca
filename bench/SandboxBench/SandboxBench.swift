import ChildProcess
import Foundation
import Glibc

/// What the sandbox adds to a task: the same small program is started with it and without, in turn, and waited for.
///
/// `swift build && .build/debug/SandboxBench [ROUNDS]`; prints medians in milliseconds.
@main enum SandboxBench {
    static func main() async throws {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("HostileChild").path
        var free: [Duration] = []
        var held: [Duration] = []
        // The first of each pays for caches.
        for round in 0...rounds {
            let without = try await start(program, isHeld: false)
            let with = try await start(program, isHeld: true)
            if round > 0 {
                free.append(without)
                held.append(with)
            }
        }
        let (before, after) = (median(free), median(held))
        print("without \(text(before)) ms, with \(text(after)) ms: the sandbox adds \(text(after - before)) ms")
    }

    private static func start(_ program: String, isHeld: Bool) async throws -> Duration {
        let folder = NSTemporaryDirectory() + "/videohost-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = ContinuousClock()
        let begin = clock.now
        let output = try ChildPipe()
        var options = ChildProcess.Options(
            executable: program, arguments: isHeld ? ["own"] : ["free", "own"], workingDirectory: folder,
            descriptors: [1: output.writing])
        if isHeld { options.confine(to: folder, as: .dynamic) }
        let child = try ChildProcess.spawn(options)
        close(output.writing)
        let said = await LineReader(descriptor: output.reading).next()
        let status = await child.waitForExit()
        guard status == .exited(0), said?.starts(with: Array("done".utf8)) == true else {
            throw SandboxFailure(errno: EPROTO)
        }
        return clock.now - begin
    }

    private static func median(_ times: [Duration]) -> Double {
        let sorted = times.map { $0 / .milliseconds(1) }.sorted()
        return sorted[sorted.count / 2]
    }

    private static func text(_ number: Double) -> String { String(format: "%.1f", number) }
}
