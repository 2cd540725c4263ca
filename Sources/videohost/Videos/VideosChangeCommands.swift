import API
import ArgumentParser
import Catalog
import Ground
import Jobs
import Pipeline
import SQL
import Telemetry

/// Takes videos down.
struct VideosBlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block", abstract: "Take videos down: nothing of them is sent any more, until unblock.",
        discussion: "Jobs of the videos go on. The owners keep their videos and are told the reason.")

    @Argument(help: "Videos' ids.")
    var ids: [String]

    @Option(help: "Why; the owner reads it. At most \(Videos.blockReasonLimit) characters.")
    var reason: String

    @OptionGroup var confirmation: ConfirmationArguments
    @OptionGroup var options: JobsOptions

    func validate() throws { try ModerationReason.check(reason) }

    func run() async throws {
        try await options.changeVideos(ids, to: "blocked", confirmation) { [reason] id, now, isDry, connection in
            guard let video = try JobsOptions.video(id, isDry, connection) else { return "no_video" }
            if video.state == .blocked { return "already_blocked" }
            if !isDry { try Moderation.block(id, reason: reason, at: now, in: connection) }
            return nil
        }
    }
}

/// Lets videos be seen again.
struct VideosUnblockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock",
        abstract: "Let blocked videos be seen again, in the state that their jobs have reached meanwhile.")

    @Argument(help: "Videos' ids.")
    var ids: [String]

    @Option(help: "Why; told to the owner's webhooks.")
    var reason: String?

    @OptionGroup var confirmation: ConfirmationArguments
    @OptionGroup var options: JobsOptions

    func validate() throws { if let reason { try ModerationReason.check(reason) } }

    func run() async throws {
        try await options.changeVideos(ids, to: "unblocked", confirmation) { [reason] id, now, isDry, connection in
            guard let video = try JobsOptions.video(id, isDry, connection) else { return "no_video" }
            if video.state != .blocked { return "not_blocked" }
            if !isDry { try Moderation.unblock(id, reason: reason, at: now, in: connection) }
            return nil
        }
    }
}

/// Deletes videos with everything that belongs to them.
struct VideosDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete videos with their files, streams and rooms. There is no way back.")

    @Argument(help: "Videos' ids.")
    var ids: [String]

    @Option(help: "Why; told to the owner's webhooks.")
    var reason: String?

    @OptionGroup var confirmation: ConfirmationArguments
    @OptionGroup var options: JobsOptions

    func validate() throws { if let reason { try ModerationReason.check(reason) } }

    func run() async throws {
        try await options.changeVideos(ids, to: "deleted", confirmation, isFinal: true) {
            [reason] id, now, isDry, connection in
            guard try JobsOptions.video(id, isDry, connection) != nil else { return "no_video" }
            if !isDry { try Moderation.delete(id, reason: reason, at: now, in: connection) }
            return nil
        }
    }
}

/// What an operator may give as a reason.
private enum ModerationReason {
    static func check(_ text: String) throws {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        guard (1...Videos.blockReasonLimit).contains(text.count), isPlain, text.contains(where: { !$0.isWhitespace })
        else {
            throw ValidationError(
                "--reason must have 1 to \(Videos.blockReasonLimit) characters, and no control characters")
        }
    }
}

extension JobsOptions {
    /// The video that is changed, locked unless nothing is changed.
    fileprivate static func video(_ id: String, _ isDry: Bool, _ connection: any SQLConnection) throws -> Video? {
        isDry ? try Videos.find(id: id, in: connection) : try Videos.lock(id: id, in: connection)
    }

    /// Changes videos, each in a transaction of its own, tells all nodes, and prints what became of each.
    /// - Parameters:
    ///   - isFinal: There is no way back: on a terminal one video is asked about, too.
    ///   - change: Makes the change, or with `isDry` only looks; returns why it is refused.
    fileprivate func changeVideos(
        _ ids: [String], to state: String, _ confirmation: ConfirmationArguments, isFinal: Bool = false,
        _ change: @escaping @Sendable (_ id: String, _ now: Int64, _ isDry: Bool, any SQLConnection) throws -> String?
    ) async throws {
        let (ids, isDry) = (Self.once(ids), confirmation.dryRun)
        let changes = try await withDatabase { database in
            if ids.count > 1 {
                try confirmation.confirm("\(ids.count) videos will be \(state).")
            } else if isFinal, ConfirmationArguments.isOnTerminal, let id = ids.first {
                try confirmation.confirm("\(id) will be \(state).")
            }
            var changes: [Change] = []
            for id in ids {
                let code =
                    isDry
                    ? try await database.read { try change(id, WallClock.system.now(), true, $0) }
                    : try await database.transaction { try change(id, WallClock.system.now(), false, $0) }
                changes.append(
                    Change(
                        name: id, video: code == nil ? id : nil, state: code == nil ? state : "refused", code: code))
            }
            let changed = changes.compactMap(\.video)
            if !isDry, !changed.isEmpty {
                try await withQueue { queue, _ in
                    let nodes = RedisVideoChanges(queue.redis)
                    for video in changed {
                        await nodes.withdraw(video: video)
                        await nodes.announce(video: video)
                    }
                }
            }
            return changes
        }
        try report(changes, dryRun: isDry)
    }
}
