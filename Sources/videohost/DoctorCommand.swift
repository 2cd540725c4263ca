import AV
import ArgumentParser
import ChildProcess
import Foundation
import Ground

/// Checks everything that the program needs, and prints what is missing.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check that everything needed is there.")

    @OptionGroup var backends: BackendOptions
    @OptionGroup var sandbox: SandboxOptions

    func run() async throws {
        var isWell = true
        func report(_ name: String, _ problem: String?, _ detail: String) {
            print("\(problem == nil ? "ok  " : "BAD ") \(TextTable.pad(name, 16)) \(problem ?? detail)")
            if problem != nil { isWell = false }
        }
        if backends.redisURL == nil {
            let redis = ChildProcess.find("redis-server", path: ProcessInfo.processInfo.environment["PATH"])
            report("redis-server", redis == nil ? "not found: apt-get install redis-server" : nil, redis ?? "")
        }
        for check in BackendChecks(backends).checks {
            do { report(check.name, nil, try await check.run()) } catch {
                report(check.name, StartupFailure(error).message, "")
            }
        }
        for name in AVBuild.neededEncoders where !AVBuild.hasEncoder(name) {
            report(name, "this FFmpeg has no such encoder: install Debian's libavcodec", "")
        }
        for name in AVBuild.neededFilters where !AVBuild.hasFilter(name) {
            report(name, "this FFmpeg has no such filter: install Debian's libavfilter", "")
        }
        report("ffmpeg", nil, AVBuild.version)
        do {
            // A check creates nothing that stays.
            let planned = DataFolder(unchecked: backends.data)
            if FileManager.default.fileExists(atPath: planned.path) {
                let free = DiskSpace.availableBytes(at: try DataFolder(creating: planned.path).path) ?? 0
                report("data folder", nil, "\(planned.path), \(free >> 30) GiB free")
            } else {
                report("data folder", nil, "\(planned.path) does not exist yet: the server creates it")
            }
        } catch let failure as StartupFailure {
            report("data folder", failure.message, "")
        }
        do {
            // Not in the data folder, which a running server may use.
            let scratch = NSTemporaryDirectory() + "/videohost-doctor-\(getpid())"
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
            defer { try? FolderTree.remove(scratch) }
            for row in try await sandbox.report(in: scratch).rows {
                let name = "sandbox \(row.layer.rawValue)"
                switch row.state {
                case .on: report(name, nil, row.detail)
                case .notApplicable: print("--   \(TextTable.pad(name, 16)) \(row.detail)")
                case .missing where sandbox.isRequired: report(name, "missing: \(row.detail)", "")
                case .missing: print("MISS \(TextTable.pad(name, 16)) \(row.detail)")
                }
            }
        } catch {
            report("sandbox", "\(error)", "")
        }
        if !isWell { throw ExitCode(1) }
    }
}
