import ChildProcess
import Foundation
import Glibc
import Testing

@testable import ParserFuzz

@Suite("Parsers") struct ParserFuzzTests {
    private static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("ParserFuzz").path

    /// The same inputs in every run; `make fuzz` tries others, and many more.
    @Test("read or refuse damaged inputs", arguments: FuzzedParser.all.map(\.name)) func damaged(name: String)
        async throws
    {
        let output = try ChildPipe()
        let child = try ChildProcess.spawn(
            ChildProcess.Options(
                executable: Self.executable, arguments: [name, "--seed", "1", "--rounds", "3000"],
                environment: ["PATH": "/usr/bin:/bin"], descriptors: [1: output.writing, 2: output.writing]))
        close(output.writing)
        let reader = LineReader(descriptor: output.reading)
        var lines: [String] = []
        while let line = await reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        #expect(await child.waitForExit() == .exited(0), "\(lines.suffix(20).joined(separator: "\n"))")
    }
}
