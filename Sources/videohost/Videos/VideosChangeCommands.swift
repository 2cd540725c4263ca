import API
import ArgumentParser
import Catalog
import Jobs
import Pipeline
import SQL

/// Blocks videos.
struct VideosBlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block", abstract: "Take videos down: nothing of them is sent any more, until unblock.",
        discussion: "Jobs of the videos go on. The owners keep their videos and are told the reason.")

    @Option(help: "Why; the owner reads it. At most \(Videos.blockReasonLimit) characters.")
    var reason: String

    @OptionGroup var arguments: VideoChangeArguments

    func validate() throws { try VideoChangeArguments.check(reason: reason) }

    func run() async throws {
        try await arguments.change(to: "blocked") { [reason] video, now, isDry, connection in
            if video.state == .blocked { return "already_blocked" }
            if !isDry { try Moderation.block(video.id, reason: reason, at: now, in: connection) }
            return nil
        }
    }
}

/// Lifts the blocks of videos.
struct VideosUnblockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock",
        abstract: "Let blocked videos be seen again, in the state that their jobs have reached meanwhile.")

    @OptionGroup var reason: OptionalReason
    @OptionGroup var arguments: VideoChangeArguments

    func run() async throws {
        try await arguments.change(to: "unblocked") { [reason = reason.reason] video, now, isDry, connection in
            if video.state != .blocked { return "not_blocked" }
            if !isDry { try Moderation.unblock(video.id, reason: reason, at: now, in: connection) }
            return nil
        }
    }
}

/// Deletes videos with everything that belongs to them.
struct VideosDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete videos with their files, streams and rooms. There is no way back.")

    @OptionGroup var reason: OptionalReason
    @OptionGroup var arguments: VideoChangeArguments

    func run() async throws {
        try await arguments.change(to: "deleted", isFinal: true) {
            [reason = reason.reason] video, now, isDry, connection in
            if !isDry { try Moderation.delete(video.id, reason: reason, at: now, in: connection) }
            return nil
        }
    }
}

/// A reason that can be left out.
struct OptionalReason: ParsableArguments {
    @Option(help: "Why; told to the owner's webhooks.")
    var reason: String?

    func validate() throws { if let reason { try VideoChangeArguments.check(reason: reason) } }
}

/// The arguments of commands that change videos.
struct VideoChangeArguments: ParsableArguments {
    @Argument(help: "Videos' ids.")
    var ids: [String]

    @OptionGroup var confirmation: ConfirmationArguments
    @OptionGroup var options: OperatorOptions

    /// Checks the length and the characters of a reason.
    /// - Throws: A usage error (64).
    static func check(reason text: String) throws {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        guard (1...Videos.blockReasonLimit).contains(text.count), isPlain, text.contains(where: { !$0.isWhitespace })
        else {
            throw ValidationError(
                "--reason must have 1 to \(Videos.blockReasonLimit) characters, and no control characters")
        }
    }

    /// Changes the videos, each in a transaction of its own, announces the changes to all nodes, and prints the results.
    /// - Parameters:
    ///   - isFinal: The change cannot be undone: on a terminal the command asks about a single video, too.
    ///   - change: Makes the change, or with `isDry` only checks it; returns the code of a refusal.
    func change(
        to state: String, isFinal: Bool = false,
        _ change: @escaping @Sendable (_ video: Video, _ now: Int64, _ isDry: Bool, any SQLConnection) throws -> String?
    ) async throws {
        let (ids, isDry, confirmation, options) = (ids, confirmation.dryRun, confirmation, options)
        let changes = try await options.withDatabase { database in
            let count = Set(ids).count
            if count > 1 {
                try confirmation.confirm("\(count) videos will be \(state).")
            } else if isFinal, ConfirmationArguments.isOnTerminal, let id = ids.first {
                try confirmation.confirm("\(id) will be \(state).")
            }
            let changes = try await options.changeEach(ids, dryRun: isDry, database) { id, now, connection in
                let video = isDry ? try Videos.find(id: id, in: connection) : try Videos.lock(id: id, in: connection)
                guard let video else { return .refused(id, "no_video") }
                if let code = try change(video, now, isDry, connection) { return .refused(id, code) }
                return Change(name: id, video: id, state: state)
            }
            let changed = changes.compactMap(\.video)
            if !isDry, !changed.isEmpty {
                try await options.withQueue { queue, _ in
                    let nodes = RedisVideoChanges(queue.redis)
                    for video in changed {
                        await nodes.withdraw(video: video)
                        await nodes.announce(video: video)
                    }
                }
            }
            return changes
        }
        try options.report(changes, dryRun: isDry)
    }
}
