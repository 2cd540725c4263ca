import ArgumentParser
import ChildProcess
import Foundation
import Pipeline

/// The sandbox of media children, for every command that starts them.
struct SandboxOptions: ParsableArguments {
    /// What a missing layer means.
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case prefer, require
    }

    @Option(
        help: "The sandbox of media processes: prefer (use what the kernel gives) or require (refuse to run without).")
    var sandbox: Mode?

    @Option(help: "The user of media processes if this program runs as root: dynamic, a user's name, UID or UID:GID.")
    var sandboxUser: String = "dynamic"

    /// `VIDEOHOST_SANDBOX` applies if the option is absent.
    var isRequired: Bool {
        (sandbox ?? Self.environment.flatMap { Mode(rawValue: $0) } ?? .prefer) == .require
    }

    private static var environment: String? { ProcessInfo.processInfo.environment["VIDEOHOST_SANDBOX"] }

    func validate() throws {
        if let text = Self.environment, Mode(rawValue: text) == nil {
            throw ValidationError("VIDEOHOST_SANDBOX must be prefer or require")
        }
        guard SandboxUser(sandboxUser) != nil else {
            throw ValidationError("--sandbox-user must be dynamic, a known user other than root, UID or UID:GID")
        }
    }

    func apply(to configuration: inout MediaProcess.Configuration) {
        configuration.sandboxUser = user
        configuration.requiresSandbox = isRequired
    }

    /// Starts a child in the sandbox, which reports the layers that are in force.
    /// - Parameter folder: The folder in which the child's own folder is created.
    func report(in folder: String) async throws -> SandboxReport {
        let own = "\(folder)/sandbox"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        defer { try? FolderTree.remove(own) }
        return try await SandboxReport.find(
            executable: OwnExecutable.path, arguments: ["media", "sandbox"], folder: own, as: user)
    }

    /// - Throws: ``StartupFailure`` if the sandbox is required and incomplete.
    func check(_ report: SandboxReport) throws {
        guard isRequired, !report.missing.isEmpty else { return }
        throw StartupFailure("the sandbox is required and incomplete: \(report.line)", exitCode: 69)
    }

    private var user: SandboxUser { SandboxUser(sandboxUser) ?? .dynamic }
}
