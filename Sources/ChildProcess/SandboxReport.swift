import Foundation
import Glibc

/// One layer of the sandbox, independent of the others.
public enum SandboxLayer: String, Codable, Sendable, CaseIterable {
    /// Resource limits.
    case limits
    /// No capabilities, and none to be gained.
    case rights
    /// A user of its own.
    case user
    /// A network of its own with nothing in it.
    case network
    /// Landlock: no file but new ones in its folder.
    case files
    /// seccomp: no system call but those of a list.
    case calls
}

/// Which layers of the sandbox this machine gives, found by starting a child in it.
public struct SandboxReport: Sendable, Codable {
    /// How a layer is.
    public enum State: String, Sendable, Codable {
        /// In force.
        case on
        /// The kernel, or the rights of this process, do not give it.
        case missing
        /// Not for this user.
        case notApplicable
    }

    /// A layer.
    public struct Row: Sendable, Codable {
        /// Which.
        public let layer: SandboxLayer
        /// How it is.
        public let state: State
        /// For people: what exactly, or why not.
        public let detail: String
    }

    /// All layers, the outer ones first.
    public let rows: [Row]

    /// Names of the layers that are missing.
    public var missing: [String] { rows.filter { $0.state == .missing }.map(\.layer.rawValue) }

    /// One line for a log.
    public var line: String {
        let on = rows.filter { $0.state == .on }.map(\.layer.rawValue).joined(separator: " ")
        let gaps = rows.filter { $0.state == .missing }.map { "\($0.layer.rawValue) (\($0.detail))" }
        return gaps.isEmpty ? "sandbox: \(on)" : "sandbox: \(on); missing: \(gaps.joined(separator: ", "))"
    }

    /// Starts a program that enters the sandbox and prints its ``Confinement`` as one line of JSON.
    /// - Throws: ``LaunchFailure`` if it does not start, ``SandboxFailure`` if it does not answer.
    public static func find(executable: String, arguments: [String], folder: String, as user: SandboxUser) async throws
        -> SandboxReport
    {
        let output = try ChildPipe()
        var options = ChildProcess.Options(
            executable: executable, arguments: arguments, descriptors: [1: output.writing, 2: 2])
        options.confine(to: folder, as: user)
        let expected = options.limits.openFiles
        let child: ChildProcess
        do {
            child = try ChildProcess.spawn(options)
        } catch {
            close(output.reading)
            close(output.writing)
            throw error
        }
        close(output.writing)
        // A child that hangs must not hold up the start for ever; its end is the end of its output.
        let deadline = Task {
            try await Task.sleep(for: .seconds(30))
            child.terminate(signal: SIGKILL)
        }
        let line = await LineReader(descriptor: output.reading, longest: 1 << 16).next()
        deadline.cancel()
        child.terminate(signal: SIGKILL)
        _ = await child.waitForExit()
        guard let line, let found = try? JSONDecoder().decode(Confinement.self, from: Data(line)) else {
            throw SandboxFailure(errno: EPROTO)
        }
        return SandboxReport(found, network: Sandbox.network, openFiles: expected)
    }

    init(_ found: Confinement, network: UInt64, openFiles: UInt64) {
        func row(_ layer: SandboxLayer, _ code: Int32, _ detail: String) -> Row {
            if code == 0 { return Row(layer: layer, state: .notApplicable, detail: detail) }
            if found.leaks.contains(layer) {
                return Row(layer: layer, state: .missing, detail: "reported by the kernel but not enforced")
            }
            if code > 0 { return Row(layer: layer, state: .on, detail: detail) }
            return Row(layer: layer, state: .missing, detail: String(cString: strerror(-code)))
        }
        let hasNetwork = found.network != 0 && found.network != network
        rows = [
            row(
                .limits, found.openFiles == openFiles ? 1 : -EPERM,
                "memory, processor, size of files, \(openFiles) descriptors, no core"),
            row(.rights, found.rights, "no capability, none to be gained"),
            row(
                .user, found.user,
                found.user == 0
                    ? "stays user \(found.userID): not started as root" : "user \(found.userID), root folder"),
            row(.network, hasNetwork ? 1 : -EPERM, "a namespace of its own, empty"),
            row(.files, found.files, "Landlock \(found.landlockVersion): \(Self.scope(found.landlockVersion))"),
            row(.calls, found.calls, "seccomp: a list of allowed system calls"),
        ]
    }

    private static func scope(_ version: Int32) -> String {
        switch version {
        case 6...: "files, TCP, signals"
        case 4...: "files, TCP"
        default: "files"
        }
    }
}
