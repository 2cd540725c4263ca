import ChildProcess
import Foundation
import Glibc
import Ground
import Testing

/// One run of the program that stands in for a taken-over decoder, in a scratch folder of its own beside a "database".
struct HostileRun {
    /// What it said.
    let lines: [String]
    let status: ChildProcess.ExitStatus
    /// Bytes left in its folder.
    let byteCount: UInt64
    let wasOverQuota: Bool
    /// Whether its folder could be removed whole.
    let isRemoved: Bool

    /// Whether the attempt failed: refused by the kernel, or punished by it.
    var isRefused: Bool {
        lines.allSatisfy { $0.hasPrefix("refused") } && (lines.count == 1 || status == .signaled(SIGSYS))
    }

    /// The number behind a word such as `threads`.
    func count(_ word: String) -> Int? {
        lines.last.flatMap { $0.hasPrefix("\(word) ") ? Int($0.dropFirst(word.count + 1)) : nil }
    }

    static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("HostileChild").path

    /// Starts it exactly as a media child is started, or with `isFree` without a sandbox.
    static func start(
        _ attempt: String, _ arguments: [String] = [], isFree: Bool = false, quota: UInt64 = 64 << 20,
        user: SandboxUser = .dynamic, change: (inout ChildProcess.Options) -> Void = { _ in },
        prepare: (_ folder: String) throws -> Void = { _ in }
    ) async throws -> HostileRun {
        let base = NSTemporaryDirectory() + "/videohost-hostile-\(UUID().uuidString)"
        let folder = base + "/scratch"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(atPath: base) }
        // As readable as can be, so that only the sandbox is in the way.
        try Data("secret".utf8).write(to: URL(fileURLWithPath: base + "/beside.db"))
        chmod(base, 0o755)
        chmod(base + "/beside.db", 0o666)
        try prepare(folder)
        let source = open(base + "/beside.db", O_RDONLY | O_CLOEXEC)
        defer { close(source) }
        let output = try ChildPipe()
        let filled = arguments.map { $0.replacingOccurrences(of: "BASE", with: base) }
        var options = ChildProcess.Options(
            executable: executable, arguments: (isFree ? ["free"] : []) + [attempt] + filled,
            environment: ["MALLOC_ARENA_MAX": "2"], descriptors: [1: output.writing, 2: 2, 3: source])
        options.limits.addressSpace = 4 << 30
        options.limits.fileSize = 8 << 20
        options.limits.cpuSeconds = 2
        if isFree { options.workingDirectory = folder } else { options.confine(to: folder, as: user) }
        change(&options)
        let child = try ChildProcess.spawn(options)
        close(output.writing)
        let watch = FolderWatch(folder: folder, limit: quota, interval: .milliseconds(50), child: child)
        defer { watch.stop() }
        let reader = LineReader(descriptor: output.reading)
        var lines: [String] = []
        while let line = await reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        let status = await child.waitForExit()
        let byteCount = size(of: folder)
        try? FolderTree.remove(folder)
        return HostileRun(
            lines: lines, status: status, byteCount: byteCount, wasOverQuota: watch.hasFired,
            isRemoved: access(folder, F_OK) != 0)
    }

    private static func size(of folder: String) -> UInt64 {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.reduce(0) { sum, name in
            var entry = stat()
            return lstat("\(folder)/\(name)", &entry) == 0 ? sum + UInt64(entry.st_size) : sum
        }
    }
}
