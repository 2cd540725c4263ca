import ChildProcess
import Foundation
import Glibc
import Testing

@Suite("What the sandbox says of itself") struct SandboxReportTests {
    private func report(as user: SandboxUser, executable: String = HostileRun.executable) async throws -> SandboxReport
    {
        let folder = NSTemporaryDirectory() + "/videohost-report-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await SandboxReport.find(
            executable: executable, arguments: ["report"], folder: folder, as: user)
    }

    @Test("All layers of this kernel are in force, its own user where started as root") func layers() async throws {
        let report = try await report(as: .dynamic)
        #expect(report.missing.isEmpty, "\(report.line)")
        let user = report.rows.first { $0.layer == .user }
        #expect(user?.state == (geteuid() == 0 ? .on : .notApplicable))
        #expect(report.rows.map(\.layer) == SandboxLayer.allCases)
    }

    @Test("A program that does not answer is no report") func silent() async throws {
        await #expect(throws: SandboxFailure.self) { try await report(as: .dynamic, executable: "/bin/true") }
    }

    @Test("A fixed user is the one that was named", .enabled(if: geteuid() == 0)) func fixed() async throws {
        let report = try await report(as: .fixed(user: 65_534, group: 65_534))
        #expect(report.rows.first { $0.layer == .user }?.detail.contains("65534") == true)
    }

    @Test("Users are named by number or name, and root is none")
    func names() {
        #expect(SandboxUser("dynamic") == .dynamic)
        #expect(SandboxUser("1234") == .fixed(user: 1234, group: 1234))
        #expect(SandboxUser("1234:99") == .fixed(user: 1234, group: 99))
        #expect(SandboxUser("nobody") == .fixed(user: 65_534, group: 65_534))
        for wrong in ["", "root", "0", "1234:0", "1:2:3", "nobody:7", "no such user", "4294967295"] {
            #expect(SandboxUser(wrong) == nil, "\(wrong)")
        }
    }
}
