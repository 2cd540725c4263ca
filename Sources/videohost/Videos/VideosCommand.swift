import Accounts
import ArgumentParser
import Catalog
import Ground
import MediaModel
import SQL
import Telemetry

/// Administers the videos of all users.
struct VideosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "videos", abstract: "See videos of all users, take them down, and delete them.",
        subcommands: [
            VideosListCommand.self, VideosShowCommand.self, VideosBlockCommand.self, VideosUnblockCommand.self,
            VideosDeleteCommand.self,
        ])
}

/// Lists videos, newest first.
struct VideosListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List videos of all users, newest first.")

    @OptionGroup var options: OperatorOptions

    @Option(
        help: ArgumentHelp(
            "Only videos in these states, comma-separated: \(VideoState.allCases.map(\.rawValue).joined(separator: ", "))."
        ),
        completion: .list(VideoState.allCases.map(\.rawValue)))
    var state: String?

    @Option(help: "Only videos of this user: an id or a user name.")
    var owner: String?

    @Option(help: "How many at most, 1…10000.")
    var limit: Int = 50

    func validate() throws {
        _ = try states()
        try OperatorOptions.check(limit: limit)
    }

    private func states() throws -> Set<VideoState> {
        try OperatorOptions.values(state, option: "state", noun: "state")
    }

    func run() async throws {
        let (states, owner, limit) = (try states(), owner, limit)
        let rows = try await options.withDatabase { database in
            try await database.read { connection -> [(video: Video, owner: String)] in
                let user = try owner.map { name in
                    guard
                        let user = try Users.find(id: name, in: connection)
                            ?? Users.find(username: name, in: connection)
                    else { throw StartupFailure("there is no user “\(name)”", exitCode: OperatorExit.notFound) }
                    return user.id
                }
                let videos = try Videos.list(.init(states: states, ownerID: user, limit: limit), in: connection)
                let owners = try Users.find(ids: Set(videos.map(\.ownerID)), in: connection)
                let names = Dictionary(uniqueKeysWithValues: owners.map { ($0.id, $0.username) })
                return videos.map { ($0, names[$0.ownerID] ?? $0.ownerID) }
            }
        }
        if options.json { return try options.printJSON(rows.map(\.video)) }
        let now = WallClock.system.now()
        print(
            TextTable.render(
                header: ["VIDEO", "STATE", "OWNER", "AGE", "LENGTH", "TITLE", "REASON"],
                rows: rows.map { video, owner in
                    [
                        video.id, video.state.rawValue, owner, Age.text(now - video.createdAt),
                        video.durationMilliseconds.map { Age.text($0) } ?? "", String(video.title.prefix(60)),
                        String((video.block?.reason ?? "").prefix(60)),
                    ]
                }))
    }
}

/// Shows one video.
struct VideosShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a video with its owner, its file and its generations.")

    @Argument(help: "A video's id.")
    var id: String

    @OptionGroup var options: OperatorOptions

    /// The JSON form of a video.
    struct Detail: Encodable, Sendable {
        struct Owner: Encodable, Sendable {
            let id: String
            let username: String
        }

        struct File: Encodable, Sendable {
            let name: String
            let byteCount: Int64
        }

        struct GenerationRow: Encodable, Sendable {
            let number: Int
            let state: GenerationState
        }

        let video: Video
        let owner: Owner?
        let file: File?
        let generations: [GenerationRow]
    }

    func run() async throws {
        let (id, options) = (id, options)
        let detail = try await options.withDatabase { database in
            try await database.read { connection -> Detail? in
                guard let video = try Videos.find(id: id, in: connection) else { return nil }
                return Detail(
                    video: video,
                    owner: try Users.find(id: video.ownerID, in: connection)
                        .map { .init(id: $0.id, username: $0.username) },
                    file: try Sources.find(video: id, in: connection)
                        .map { .init(name: $0.fileName, byteCount: $0.byteCount) },
                    generations: try Generations.states(video: id, in: connection)
                        .map { .init(number: $0.number, state: $0.state) })
            }
        }
        guard let detail else { throw StartupFailure("there is no video “\(id)”", exitCode: OperatorExit.notFound) }
        if options.json { return try options.printJSON(detail) }
        for (name, value) in Self.lines(detail) {
            print("\(TextTable.pad(name, 13))\(PlainText.sentence(value, 1000))")
        }
    }

    private static func lines(_ detail: Detail) -> [(String, String)] {
        let video = detail.video
        var lines = [("video", video.id), ("title", video.title), ("state", video.state.rawValue)]
        if let block = video.block {
            lines.append(("reason", block.reason))
            lines.append(("blocked", Timestamp(block.at).rfc3339))
            lines.append(("state after", block.making.rawValue))
        }
        lines.append(("owner", detail.owner.map { "\($0.username) (\($0.id))" } ?? video.ownerID))
        if let rejection = video.rejection {
            lines.append(("rejection", "\(rejection.code.rawValue): \(rejection.detail)"))
        }
        if let code = video.failureCode { lines.append(("failure", "\(code.rawValue): \(video.failureDetail ?? "")")) }
        if let file = detail.file { lines.append(("file", "\(file.name), \(file.byteCount) bytes")) }
        if let length = video.durationMilliseconds { lines.append(("length", "\(length / 1000) s")) }
        for generation in detail.generations {
            lines.append(
                (
                    "generation",
                    "g\(generation.number) \(generation.state)\(generation.number == video.generation ? ", served" : "")"
                ))
        }
        lines.append(("created", Timestamp(video.createdAt).rfc3339))
        if let ready = video.readyAt { lines.append(("ready", Timestamp(ready).rfc3339)) }
        return lines
    }
}
