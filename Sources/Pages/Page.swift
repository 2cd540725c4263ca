/// A page with all that it shows.
public enum Page: Sendable {
    /// The first page of public videos.
    /// - Parameter hasMore: Whether there are more.
    case start(videos: [VideoFacts], hasMore: Bool)
    /// A video with others to watch.
    case watch(VideoFacts, others: [VideoFacts], hasMore: Bool)
    /// The page of a blocked video: it says so, and lets its owner sign in.
    case blocked(others: [VideoFacts], hasMore: Bool)
    /// A room.
    /// - Parameter name: May be empty.
    case room(id: String, name: String)
    /// A video in a frame of another site.
    case embed(VideoFacts)
    /// A page that says why there is no other.
    /// - Parameter inFrame: Whether it stands in a frame of another site.
    case failure(PageFailure, inFrame: Bool)

    /// The template with what it needs of `web/`; `module` is `nil` for a page without one.
    var sources: (template: String, style: String, module: String?, hasPlayer: Bool) {
        switch self {
        case .start: ("start", "start", "start", false)
        case .watch: ("watch", "watch", "watch", true)
        case .blocked: ("watch", "watch", "watch", false)
        case .room: ("room", "room", "room", true)
        case .embed: ("embed", "embed", "embed", true)
        case .failure: ("error", "plain", nil, false)
        }
    }

    func head(_ messages: Messages, origin: String?) -> PageHead {
        switch self {
        case .start: .start(messages, origin: origin)
        case .watch(let video, _, _): .watch(video, messages, origin: origin)
        case .blocked: .private(messages.text("page.title", ["title": messages.text("page.blockedTitle")]))
        case .room(let id, let name):
            .private(
                messages.text("page.title", ["title": Self.roomName(name, messages)]),
                at: origin.map { "\($0)/room.html?id=\(id)" })
        case .embed(let video):
            .private(
                messages.text("page.title", ["title": video.shownTitle(messages)]), at: origin.map { $0 + video.path })
        case .failure(let failure, _):
            .private(messages.text("page.title", ["title": messages.text("page.\(failure.rawValue)Title")]))
        }
    }

    func fields(_ messages: Messages) -> [String: Field] {
        switch self {
        case .start(let videos, let hasMore): return Self.cards(videos, hasMore, messages)
        case .watch(let video, let others, let hasMore):
            let own: [String: Field] = [
                "video": .object(video.fields(messages)), "isWatchable": .flag(video.isWatchable),
            ]
            return own.merging(Self.cards(others, hasMore, messages)) { first, _ in first }
        case .blocked(let others, let hasMore):
            let problem: [String: Field] = [
                "title": .text(messages.text("page.blockedTitle")), "text": .text(messages.text("page.blockedText")),
            ]
            return Self.cards(others, hasMore, messages).merging(["problem": .object(problem)]) { first, _ in first }
        case .room(_, let name): return ["room": .object(["name": .text(Self.roomName(name, messages))])]
        case .embed(let video):
            return [
                "video": .object(video.fields(messages)), "isWatchable": .flag(video.isWatchable),
                "isEmbed": .flag(true),
            ]
        case .failure(let failure, let inFrame):
            let error: [String: Field] = [
                "title": .text(messages.text("page.\(failure.rawValue)Title")),
                "text": .text(messages.text("page.\(failure.rawValue)Text")), "retry": .flag(failure.mayPass),
            ]
            return ["error": .object(error), "isEmbed": .flag(inFrame)]
        }
    }

    private static func cards(_ videos: [VideoFacts], _ hasMore: Bool, _ messages: Messages) -> [String: Field] {
        [
            "cards": .list(videos.map { $0.fields(messages) }), "isEmpty": .flag(videos.isEmpty && !hasMore),
            "hasMore": .flag(hasMore),
        ]
    }

    private static func roomName(_ name: String, _ messages: Messages) -> String {
        name.isEmpty ? messages.text("page.room") : name
    }
}

/// Why there is no page; the words are in the messages of `page`.
public enum PageFailure: String, Sendable, CaseIterable {
    case badRequest, notFound, noVideo, noRoom, gone, blocked, forbidden, tooMany, failure, unavailable

    /// Whether the same request may succeed later.
    var mayPass: Bool { [.tooMany, .failure, .unavailable].contains(self) }
}
