import ArgumentParser
import Foundation

/// The exit codes of operators' commands: the numbers of `sysexits.h`, documented in docs/operations.md.
enum OperatorExit {
    /// The command is malformed, or lacks `--yes`.
    static let usage: Int32 = 64
    /// The named thing cannot be changed in this way: it has no source, is not dead, is blocked.
    static let impossible: Int32 = 65
    /// The named thing does not exist.
    static let notFound: Int32 = 66
    /// A part of the pool does not answer.
    static let unavailable: Int32 = 69
    /// It cannot be done now, and can be possible later.
    static let later: Int32 = 75
}

/// The result of a command as JSON, with `"dryRun": true` if it has changed nothing.
struct Survey<Found: Encodable>: Encodable {
    private enum Key: CodingKey { case dryRun }

    var found: Found
    var dryRun: Bool

    func encode(to encoder: any Encoder) throws {
        try found.encode(to: encoder)
        guard dryRun else { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(true, forKey: .dryRun)
    }
}

/// The arguments of commands that ask for confirmation before they change many things.
struct ConfirmationArguments: ParsableArguments {
    @Flag(help: "Only say what would be done.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    /// Whether the command can ask.
    static var isOnTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks on a terminal; elsewhere `--yes` is needed.
    /// - Throws: ``StartupFailure`` (64) without either; `ExitCode` 1 if the answer is not yes.
    func confirm(_ question: String) throws {
        if yes || dryRun { return }
        guard Self.isOnTerminal else {
            throw StartupFailure(
                "\(question) Not on a terminal: say --yes, or look first with --dry-run.",
                exitCode: OperatorExit.usage)
        }
        FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
        let answer = readLine()?.lowercased()
        guard answer == "y" || answer == "yes" else { throw ExitCode(1) }
    }
}
