import ArgumentParser
import Foundation
import Jobs
import Pipeline

/// How an operator's command ends; the numbers of `sysexits.h`, documented in docs/operations.md.
enum OperatorExit {
    /// The command was not understood, or lacks `--yes`.
    static let usage: Int32 = 64
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
    /// `true` where nothing was changed because of `--dry-run`; else `nil`, and left out.
    var dryRun: Bool?

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
            try printJSON(
                changes.map { change in
                    var change = change
                    change.dryRun = dryRun ? true : nil
                    return change
                })
        } else {
            for change in changes { print(change.line(dryRun: dryRun)) }
            if changes.isEmpty { print("nothing to do") }
        }
        if let code = changes.lazy.compactMap(\.exitCode).first { throw ExitCode(code) }
    }

    /// Names without those that were given before.
    static func once(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

/// What a command has done, as JSON with `"dryRun": true` where it has only looked.
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

/// Asks before many things are changed.
struct ConfirmationArguments: ParsableArguments {
    @Flag(help: "Only say what would be done.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    /// Whether somebody can be asked.
    static var isOnTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks on a terminal; elsewhere `--yes` has to be given.
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
