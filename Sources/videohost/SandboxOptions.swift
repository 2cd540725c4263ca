import ArgumentParser
import ChildProcess
import Foundation
import Pipeline

/// How media children are held, for every command that starts them.
struct SandboxOptions: ParsableArguments {
    /// What a missing layer means.
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case prefer, require
    }

    @Option(
        help: "The sandbox of media processes: prefer (use what the kernel gives) or require (refuse to run without).")
    var sandbox: Mode?

    @Option(help: "As whom media processes run where started as root: dynamic, a user's name, UID or UID:GID.")
    var sandboxUser: String = "dynamic"

    /// The environment's answer counts where no option is given.
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

    /// Starts a child in the sandbox and asks it.
    /// - Parameter folder: A folder in which one can be made for it.
    func report(in folder: String) async throws -> SandboxReport {
        let own = "\(folder)/sandbox"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        defer { try? FolderTree.remove(own) }
        return try await SandboxReport.find(
            executable: OwnExecutable.path, arguments: ["media", "sandbox"], folder: own, as: user)
    }

    /// - Throws: ``StartupFailure`` if the sandbox is required and not whole.
    func check(_ report: SandboxReport) throws {
        guard isRequired, !report.missing.isEmpty else { return }
        throw StartupFailure("the sandbox is required and not whole: \(report.line)", exitCode: 69)
    }

    private var user: SandboxUser { SandboxUser(sandboxUser) ?? .dynamic }
}
