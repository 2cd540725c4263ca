public import Catalog
internal import Ground
import MediaModel
public import SQL

/// A selection of videos by terms that must all hold: `state=ready,missing-rung=1080,older-than=30d`.
public struct VideoSelection: Sendable, Hashable {
    /// The error of a malformed text.
    public struct Malformed: Error, Sendable, Hashable {
        /// What is wrong, in one sentence.
        public let reason: String
    }

    /// The states that are selected; empty for all.
    public var states: Set<VideoState> = []
    /// The lines of a rung that the source allows and the served generation does not have.
    public var missingRung: Int?
    /// The least age of the newest generation in milliseconds.
    public var olderThan: Int64?

    /// A selection of all videos.
    public init() {}

    /// Parses a text, in which each key occurs at most once.
    /// - Throws: ``Malformed``.
    public init(parsing text: String) throws(Malformed) {
        var seen: Set<String> = []
        for term in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = term.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[1].isEmpty else { throw Malformed(reason: "“\(term)” is not KEY=VALUE") }
            guard seen.insert(parts[0]).inserted else { throw Malformed(reason: "“\(parts[0])” occurs twice") }
            switch parts[0] {
            case "state":
                for name in parts[1].split(separator: "+", omittingEmptySubsequences: false) {
                    guard let state = VideoState(rawValue: String(name)) else {
                        let all = VideoState.allCases.map(\.rawValue).joined(separator: ", ")
                        throw Malformed(reason: "there is no state “\(name)”: use \(all)")
                    }
                    states.insert(state)
                }
            case "missing-rung":
                guard let lines = Int(parts[1]), lines >= 16, lines % 2 == 0 else {
                    throw Malformed(reason: "missing-rung=“\(parts[1])” is not a number of lines, as in 1080")
                }
                missingRung = lines
            case "older-than":
                guard let age = Self.milliseconds(parts[1]) else {
                    throw Malformed(reason: "older-than=“\(parts[1])” is not a time, as in 30d, 12h, 5m or 10s")
                }
                olderThan = age
            default:
                throw Malformed(reason: "there is no key “\(parts[0])”: use state, missing-rung, older-than")
            }
        }
    }

    /// Parses a length of time such as `30d`, `12h`, `5m` or `10s`.
    /// - Returns: Milliseconds.
    public static func milliseconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = text.last.flatMap({ units[$0] }), text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }),
            let count = Int64(text.dropLast()), count <= 100_000
        else { return nil }
        return count * unit
    }

    /// A page of the selected videos, in the order of their identifiers.
    /// - Returns: The videos of the page, and the cursor of the next page; `nil` at the end.
    public func page(
        after cursor: String?, at now: Int64, limit: Int = 200, in connection: any SQLConnection
    ) throws -> (videos: [String], next: String?) {
        let page = try Videos.page(after: cursor, limit: limit, in: connection)
        let chosen = try page.filter { try matches($0, at: now, in: connection) }
        return (chosen.map(\.id), page.count < limit ? nil : page.last?.id)
    }

    private func matches(_ video: Video, at now: Int64, in connection: any SQLConnection) throws -> Bool {
        guard states.isEmpty || states.contains(video.state) else { return false }
        guard let source = try Sources.find(video: video.id, in: connection) else { return false }
        if let olderThan {
            guard let newest = try Generations.latest(video: video.id, in: connection),
                now - newest.createdAt >= olderThan
            else { return false }
        }
        if let missingRung {
            guard let facts = source.facts?.video, min(facts.width, facts.height) >= missingRung,
                let number = video.generation,
                let plan = try Generations.find(video: video.id, number: number, in: connection)?.plan,
                let rungs = plan.video?.rungs, !rungs.contains(where: { $0.name == "v\(missingRung)" })
            else { return false }
        }
        return true
    }
}
