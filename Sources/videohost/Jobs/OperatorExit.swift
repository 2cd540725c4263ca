import ArgumentParser
import Foundation
import Jobs
import Pipeline

/// How an operator's command ends; the numbers of `sysexits.h`, documented in docs/operations.md.
enum OperatorExit {
    /// What was named cannot be done at all: it has no source, is not dead, is taken down.
    static let impossible: Int32 = 65
    /// What was named does not exist.
    static let notFound: Int32 = 66
    /// A part of the pool does not answer.
    static let unavailable: Int32 = 69
    /// It cannot be done now, and may be possible later.
    static let later: Int32 = 75
}

/// What became of one of several things that a command was told to change.
struct Change: Encodable {
    /// What was named.
    var name: String
    var job: String?
    var video: String?
    var generation: Int?
    /// `queued`, `cancelled`, `blocked`, `unblocked`, `deleted`, or `refused`.
    var state: String
    /// Why it was refused: a stable code.
    var code: String?

    /// What is wrong with it, for the exit code; `nil` if it was done.
    var exitCode: Int32? {
        switch code {
        case nil: nil
        case "no_job", "no_video": OperatorExit.notFound
        case "under_way": OperatorExit.later
        default: OperatorExit.impossible
        }
    }

    /// A line for people.
    func line(dryRun: Bool) -> String {
        if let code { return "\(name) refused: \(code)" }
        let what = [job, video.map { "\($0)\(generation.map { " g\($0)" } ?? "")" }].compactMap(\.self)
        return "\(what.joined(separator: " ")) \(dryRun ? "would be \(state)" : state)"
    }
}

extension JobsOptions {
    /// Prints what became of everything; ends with the exit code of the first thing that was refused.
    func report(_ changes: [Change], dryRun: Bool) throws {
        if json {
            try printJSON(changes)
        } else {
            for change in changes { print(change.line(dryRun: dryRun)) }
            if changes.isEmpty { print("nothing to do") }
        }
        if let code = changes.lazy.compactMap(\.exitCode).first { throw ExitCode(code) }
    }
}

/// Asks before many things are changed.
struct ConfirmationArguments: ParsableArguments {
    @Flag(help: "Only say what would be done.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    /// Asks on a terminal; elsewhere `--yes` has to be given.
    /// - Throws: A usage error (64) without either.
    func confirm(_ question: String) throws {
        if yes || dryRun { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("\(question) Not on a terminal: say --yes, or look first with --dry-run.")
        }
        FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
        let answer = readLine()?.lowercased()
        guard answer == "y" || answer == "yes" else { throw ExitCode(1) }
    }
}
