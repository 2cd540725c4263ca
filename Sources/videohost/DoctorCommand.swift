import AV
import ArgumentParser
import ChildProcess
import Foundation
import Ground

/// A check of everything that the program needs, with a clear answer of what is missing.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check that everything needed is there.")

    @OptionGroup var backends: BackendOptions
    @OptionGroup var sandbox: SandboxOptions

    func run() async throws {
        var isWell = true
        func tell(_ name: String, _ problem: String?, _ good: String) {
            print("\(problem == nil ? "ok  " : "BAD ") \(TextTable.pad(name, 16)) \(problem ?? good)")
            if problem != nil { isWell = false }
        }
        if backends.redisURL == nil {
            let redis = ChildProcess.find("redis-server", path: ProcessInfo.processInfo.environment["PATH"])
            tell("redis-server", redis == nil ? "not found: apt-get install redis-server" : nil, redis ?? "")
        }
        for check in BackendChecks(backends).checks {
            do { tell(check.name, nil, try await check.run()) } catch {
                tell(check.name, StartupFailure(error).message, "")
            }
        }
        for name in AVBuild.neededEncoders where !AVBuild.hasEncoder(name) {
            tell(name, "this FFmpeg has no such encoder: install Debian's libavcodec", "")
        }
        for name in AVBuild.neededFilters where !AVBuild.hasFilter(name) {
            tell(name, "this FFmpeg has no such filter: install Debian's libavfilter", "")
        }
        tell("ffmpeg", nil, AVBuild.version)
        do {
            let folder = try DataFolder(creating: backends.data)
            let free = DiskSpace.availableBytes(at: folder.path) ?? 0
            tell("data folder", nil, "\(folder.path), \(free >> 30) GiB free")
        } catch let failure as StartupFailure {
            tell("data folder", failure.message, "")
        }
        do {
            // Not in the data folder: a server may be at work there.
            let scratch = NSTemporaryDirectory() + "/videohost-doctor-\(getpid())"
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
            defer { try? FolderTree.remove(scratch) }
            for row in try await sandbox.report(in: scratch).rows {
                let name = "sandbox \(row.layer.rawValue)"
                switch row.state {
                case .on: tell(name, nil, row.detail)
                case .notApplicable: print("--   \(TextTable.pad(name, 16)) \(row.detail)")
                case .missing where sandbox.isRequired: tell(name, "missing: \(row.detail)", "")
                case .missing: print("MISS \(TextTable.pad(name, 16)) \(row.detail)")
                }
            }
        } catch {
            tell("sandbox", "\(error)", "")
        }
        if !isWell { throw ExitCode(1) }
    }
}
