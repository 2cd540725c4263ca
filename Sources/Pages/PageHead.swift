internal import Ground

/// What a page says of itself to search engines and to programs that show its link.
struct PageHead: Sendable {
    /// The document's title.
    var title: String
    /// One or two sentences.
    var description: String?
    /// Whether search engines are asked to leave the page out.
    var isPrivate = false
    /// The page's address.
    var canonical: String?
    /// Where its oEmbed document is.
    var oembed: String?
    /// `<meta property>`, in order: OpenGraph.
    var properties: [(String, String)] = []
    /// `<meta name>`, in order: Twitter's cards.
    var names: [(String, String)] = []
    /// JSON-LD.
    var structuredData: EmbeddedJSON?

    /// The head of a page that nobody links to.
    /// - Parameter canonical: The address that the page's scripts show to people: another host may be the browser's.
    static func `private`(_ title: String, at canonical: String? = nil) -> PageHead {
        PageHead(title: title, isPrivate: true, canonical: canonical)
    }

    /// The head of the start page.
    /// - Parameter origin: The address of this server, such as `https://videos.example.org`; `nil` leaves addresses out.
    static func start(_ messages: Messages, origin: String?) -> PageHead {
        let (title, description) = (messages.text("page.startTitle"), messages.text("page.startDescription"))
        var head = PageHead(title: title, description: description)
        head.canonical = origin.map { $0 + "/" }
        head.properties = [
            ("og:site_name", messages.text("page.site")), ("og:type", "website"), ("og:title", title),
            ("og:description", description),
        ]
        if let canonical = head.canonical { head.properties.append(("og:url", canonical)) }
        return head
    }

    /// The head of a video's page. A video that cannot be watched yet is described by its title alone.
    /// - Parameter origin: As for ``start(_:origin:)``.
    static func watch(_ video: VideoFacts, _ messages: Messages, origin: String?) -> PageHead {
        let name = video.shownTitle(messages)
        let title = messages.text("page.title", ["title": name])
        guard video.isWatchable else { return .private(title) }
        let summary = Self.summary(video.description) ?? messages.text("page.watchDescription", ["title": name])
        var head = PageHead(title: title, description: summary)
        head.properties = [
            ("og:site_name", messages.text("page.site")), ("og:type", "video.other"), ("og:title", name),
            ("og:description", summary),
        ]
        head.names = [("twitter:card", "player"), ("twitter:title", name), ("twitter:description", summary)]
        guard let origin else { return head }
        let (page, embed) = (origin + video.path, origin + video.embedPath)
        let frame = video.frame(width: 1280, height: 720)
        head.canonical = page
        head.oembed =
            "\(origin)/v1/oembed?format=json&url=" + PercentEncoding.encode(page, keepingSlash: false)
        head.properties += [
            ("og:url", page), ("og:video", embed), ("og:video:type", "text/html"),
            ("og:video:width", "\(frame.width)"), ("og:video:height", "\(frame.height)"),
        ]
        if origin.hasPrefix("https:") { head.properties.append(("og:video:secure_url", embed)) }
        if let milliseconds = video.milliseconds {
            head.properties.append(("video:duration", "\((milliseconds + 999) / 1000)"))
        }
        head.names += [
            ("twitter:player", embed), ("twitter:player:width", "\(frame.width)"),
            ("twitter:player:height", "\(frame.height)"),
        ]
        if let poster = video.poster {
            let size = video.size.map { $0.within(width: 1280, height: 1280) }
            head.properties += [("og:image", origin + poster), ("og:image:type", "image/jpeg"), ("og:image:alt", name)]
            if let size {
                head.properties += [("og:image:width", "\(size.width)"), ("og:image:height", "\(size.height)")]
            }
            head.names.append(("twitter:image", origin + poster))
        }
        head.structuredData = Self.structuredData(video, name: name, summary: summary, origin: origin)
        return head
    }

    /// The fields for `partials/head`.
    var field: Field {
        var fields: [String: Field] = [
            "title": .text(title), "isPrivate": .flag(isPrivate),
            "properties": .list(properties.map { ["property": .text($0.0), "content": .text($0.1)] }),
            "names": .list(names.map { ["name": .text($0.0), "content": .text($0.1)] }),
        ]
        fields["description"] = description.map { .text($0) }
        fields["canonical"] = canonical.map { .text($0) }
        fields["oembed"] = oembed.map { .text($0) }
        fields["structuredData"] = structuredData.map { .json($0) }
        return .object(fields)
    }

    /// The beginning of a description on one line, at most 200 characters; `nil` if it is empty.
    private static func summary(_ description: String) -> String? {
        let line = description.prefix(1000).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !line.isEmpty else { return nil }
        return line.count <= 200 ? line : line.prefix(199) + "…"
    }

    private struct VideoObject: Encodable {
        let context = "https://schema.org"
        let type = "VideoObject"
        let name: String
        let description: String
        let thumbnailUrl: String?
        let uploadDate: String
        let duration: String?
        let contentUrl: String?
        let embedUrl: String
        let url: String

        private enum CodingKeys: String, CodingKey {
            case context = "@context"
            case type = "@type"
            case name, description, thumbnailUrl, uploadDate, duration, contentUrl, embedUrl, url
        }
    }

    private static func structuredData(
        _ video: VideoFacts, name: String, summary: String, origin: String
    ) -> EmbeddedJSON? {
        let object = VideoObject(
            name: name, description: summary, thumbnailUrl: video.poster.map { origin + $0 },
            uploadDate: video.createdAt, duration: video.isoDuration, contentUrl: video.playlist.map { origin + $0 },
            embedUrl: origin + video.embedPath, url: origin + video.path)
        return (try? JSONText.encode(object)).map { EmbeddedJSON($0) }
    }
}
