import ArgumentParser
import Ground
import SQL

/// The result of a command for one of the things that it changes.
struct Change: Encodable, Sendable {
    /// The name that was given.
    var name: String
    var job: String?
    var video: String?
    var generation: Int?
    /// `queued`, `cancelled`, `blocked`, `unblocked`, `deleted`, or `refused`.
    var state: String
    /// Why it was refused: a stable code.
    var code: String?
    /// `true` with `--dry-run`; else `nil`, and left out.
    var dryRun: Bool?

    /// A change that was refused with a code.
    static func refused(_ name: String, job: String? = nil, _ code: String) -> Change {
        Change(name: name, job: job, state: "refused", code: code)
    }

    /// The exit code if it was refused.
    var exitCode: Int32? {
        switch code {
        case nil: nil
        case "no_job", "no_video": OperatorExit.notFound
        case "under_way": OperatorExit.later
        default: OperatorExit.impossible
        }
    }

    /// What a person can do about a refusal.
    private static let advice = [
        "not_dead": "only dead and cancelled jobs can be retried; jobs reprocess starts a new one",
        "superseded": "the video has a newer generation; jobs reprocess starts a new one",
        "ended": "the job is not running",
    ]

    /// A line for people.
    func line(dryRun: Bool) -> String {
        if let code { return "\(name) refused: \(code)\(Self.advice[code].map { ": \($0)" } ?? "")" }
        let what = [job, video.map { "\($0)\(generation.map { " g\($0)" } ?? "")" }].compactMap(\.self)
        return "\(what.joined(separator: " ")) \(dryRun ? "would be \(state)" : state)"
    }
}

extension OperatorOptions {
    /// Prints all results; ends with the exit code of the first refusal.
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

    /// Changes things by name, one after the other, each in a transaction of its own. A name that is given twice counts once.
    /// - Parameters:
    ///   - dryRun: Only read: `change` runs in a read transaction and must not write.
    ///   - change: Makes the change, or only checks whether it is possible, and returns the result.
    func changeEach(
        _ names: [String], dryRun: Bool, _ database: any Database,
        _ change: @escaping @Sendable (_ name: String, _ now: Int64, any SQLConnection) throws -> Change
    ) async throws -> [Change] {
        var (changes, seen): ([Change], Set<String>) = ([], [])
        for name in names where seen.insert(name).inserted {
            let now = WallClock.system.now()
            changes.append(
                dryRun
                    ? try await database.read { try change(name, now, $0) }
                    : try await database.transaction { try change(name, now, $0) })
        }
        return changes
    }
}
