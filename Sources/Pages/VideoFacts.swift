/// What a page says of a video that everybody may see.
public struct VideoFacts: Sendable, Hashable {
    /// Its identifier.
    public var id: String
    /// Its title; may be empty.
    public var title: String
    /// Its description; may be empty.
    public var description: String
    /// The name of the account that it belongs to; `nil` if that is gone.
    public var owner: String?
    /// When it was created, as RFC 3339.
    public var createdAt: String
    /// Its length; `nil` while it is unknown.
    public var milliseconds: Int64?
    /// Samples of its highest rendition; `nil` for audio alone.
    public var size: Size?
    /// Whether it has renditions, none of which has video.
    public var isAudio: Bool
    /// Whether viewers may choose from captions.
    public var hasCaptions: Bool
    /// The path of its poster.
    public var poster: String?
    /// The path of a small copy of the poster, for lists; `nil` where there is none.
    public var smallPoster: String?
    /// The path of its storyboard.
    public var storyboard: String?
    /// The path of its HLS playlist; `nil` until it can be watched.
    public var playlist: String?

    /// Width and height in samples.
    public struct Size: Sendable, Hashable {
        /// The width.
        public var width: Int
        /// The height.
        public var height: Int

        /// A size.
        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }

        /// The largest size of the same shape within a box; never larger than this one.
        public func within(width most: Int, height mostHeight: Int) -> Size {
            guard width > 0, height > 0 else { return self }
            let scale = min(1, Double(most) / Double(width), Double(mostHeight) / Double(height))
            return Size(
                width: max(1, Int(Double(width) * scale)), height: max(1, Int(Double(height) * scale)))
        }

        /// The usual shape that comes closest, as style sheets name it; `nil` for 16:9, which needs no name.
        var shape: String? {
            guard width > 0, height > 0 else { return nil }
            let shapes = [(16, 9), (21, 9), (4, 3), (1, 1), (4, 5), (3, 4), (9, 16)]
            // How many times one is as wide as the other, at the same height.
            let distance = { (shape: (Int, Int)) in
                let (own, other) = (Double(width * shape.1), Double(height * shape.0))
                return max(own / other, other / own)
            }
            guard let (wide, high) = shapes.min(by: { distance($0) < distance($1) }), wide != 16 else { return nil }
            return "\(wide)-\(high)"
        }
    }

    /// Facts about a video.
    public init(
        id: String, title: String, description: String, owner: String?, createdAt: String, milliseconds: Int64?,
        size: Size?, isAudio: Bool, hasCaptions: Bool, poster: String?, smallPoster: String?, storyboard: String?,
        playlist: String?
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.owner = owner
        self.createdAt = createdAt
        self.milliseconds = milliseconds
        self.size = size
        self.isAudio = isAudio
        self.hasCaptions = hasCaptions
        self.poster = poster
        self.smallPoster = smallPoster
        self.storyboard = storyboard
        self.playlist = playlist
    }

    /// The path of its page.
    public var path: String { "/watch/" + id }
    /// The path of the page for frames of other sites.
    public var embedPath: String { "/embed/" + id }
    /// Whether it can be watched.
    var isWatchable: Bool { playlist != nil }

    /// Its size in a frame of another site; 16:9 for audio.
    public func frame(width: Int, height: Int) -> Size {
        (size ?? Size(width: 1280, height: 720)).within(width: width, height: height)
    }

    /// The length as a clock shows it: `1:02:03`, `2:05`.
    var clock: String? {
        milliseconds.map { milliseconds in
            let (hours, minutes, seconds) = Self.parts(milliseconds)
            let two = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
            return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds))" : "\(minutes):\(two(seconds))"
        }
    }

    /// The length as ISO 8601 writes it: `PT1H2M3S`.
    var isoDuration: String? {
        milliseconds.map { milliseconds in
            let (hours, minutes, seconds) = Self.parts(milliseconds)
            return "PT" + (hours > 0 ? "\(hours)H" : "") + (minutes > 0 ? "\(minutes)M" : "") + "\(seconds)S"
        }
    }

    private static func parts(_ milliseconds: Int64) -> (hours: Int64, minutes: Int64, seconds: Int64) {
        let seconds = milliseconds / 1000
        return (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// Its fields for templates.
    func fields(_ messages: Messages) -> [String: Field] {
        var fields: [String: Field] = [
            "id": .text(id), "path": .text(path), "createdAt": .text(createdAt),
            "date": .text(String(createdAt.prefix(10))),
            "title": .text(shownTitle(messages)), "captions": .flag(hasCaptions),
        ]
        if !description.isEmpty { fields["description"] = .text(description) }
        if let clock { fields["duration"] = .text(clock) }
        if let milliseconds { fields["seconds"] = .text("\(milliseconds / 1000)") }
        if let poster { fields["poster"] = .text(poster) }
        if let smallPoster { fields["smallPoster"] = .text(smallPoster) }
        if let storyboard { fields["storyboard"] = .text(storyboard) }
        if let owner { fields["owner"] = .text(owner) }
        if let shape = size?.shape { fields["shape"] = .text(shape) }
        if let size {
            fields["quality"] = .text("\(min(size.width, size.height))p")
        } else if isAudio {
            fields["quality"] = .text(messages.text("page.audio"))
        }
        return fields
    }

    /// Its title, or the word for a video without one.
    func shownTitle(_ messages: Messages) -> String { title.isEmpty ? messages.text("page.untitled") : title }
}
