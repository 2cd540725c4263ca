internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Pages

/// How other sites show a video that is linked to (https://oembed.com).
/// - Parameter site: The pages; without them there is nothing to show.
func oEmbedRoute(reader: VideoReader, site: WebSite?) -> Route {
    Route(
        .get, "/v1/oembed", "oembed", "How to show a video in a page of another site",
        description:
            "By the specification at https://oembed.com, for addresses of the form `/watch/{id}` on this server.",
        tag: .web, access: .anyone,
        parameters: [
            Parameter(
                place: .query, name: "url", summary: "The address of a video's page.", schema: .text(format: "uri"),
                isRequired: true, example: "http://localhost/watch/vid_0"),
            .query("format", .text(), "`json`; nothing else is supported.", example: "json"),
            .query("maxwidth", .integer(atLeast: 1), "Largest width.", example: "640"),
            .query("maxheight", .integer(atLeast: 1), "Largest height.", example: "360"),
        ],
        answers: [.json(OEmbedDocument.self, "The frame and what it shows.")],
        problems: [.notFound, .validationFailed, .videoNotFound, .videoBlocked, .unsupportedFormat]
    ) { call in
        let query = try OEmbedQuery(call.request)
        guard query.format == "json" else {
            throw Problem(.unsupportedFormat, detail: "Ask for format=json.")
        }
        guard let site, let origin = site.origin(of: call.request), let id = query.video(at: origin) else {
            throw Problem.notFound("The address is not that of a video's page on this server.")
        }
        guard let document = try await reader.document(id, for: .everybody) else { throw Problem(.videoNotFound) }
        guard document.video.state != .blocked else { throw Problem(.videoBlocked) }
        // What cannot be watched yet is announced to nobody.
        guard document.video.state == .playable || document.video.state == .ready else { throw Problem(.videoNotFound) }
        return try JSONOutput.response(
            OEmbedDocument(VideoFacts(document), origin: origin, width: query.width, height: query.height),
            headers: [.cacheControl: "public, max-age=300"])
    }
}

/// What a site asks for.
private struct OEmbedQuery: Sendable {
    let url: String
    let format: String
    let width: Int
    let height: Int

    /// Reads the query.
    /// - Throws: ``Problem`` with 422 and all that is wrong.
    init(_ request: Request) throws {
        var query = QueryReader(request.uri.queryParameters)
        url = query.value("url") ?? ""
        format = query.value("format") ?? "json"
        width = Self.number("maxwidth", most: 1280, &query)
        height = Self.number("maxheight", most: 720, &query)
        if url.isEmpty { query.note("url", .required, "Must be the address of a video's page.") }
        try query.finish()
    }

    /// A field with a number of samples; more than `most` is read as `most`.
    private static func number(_ name: Substring, most: Int, _ query: inout QueryReader) -> Int {
        guard let text = query.value(name) else { return most }
        guard !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit), text.contains(where: { $0 != "0" }) else {
            query.note(name, .outOfRange, "Must be a whole number above 0.")
            return most
        }
        return min(most, Int(text) ?? most)
    }

    /// The identifier in the address; `nil` if the address is not that of a video's page on this server.
    func video(at origin: String) -> String? {
        let address = url.prefix { $0 != "?" && $0 != "#" }
        // A page may be linked to with or without TLS.
        let host = { (text: Substring) in text.firstRange(of: "://").map { text[$0.upperBound...] } }
        guard let own = host(origin[...]), let asked = host(address), asked.lowercased().hasPrefix(own.lowercased())
        else {
            return nil
        }
        let path = asked.dropFirst(own.count)
        guard path.hasPrefix("/watch/") else { return nil }
        let id = path.dropFirst(7)
        return String(id.hasSuffix("/") ? id.dropLast() : id)
    }
}

/// An oEmbed document of the type `video`.
struct OEmbedDocument: Encodable, Sendable {
    let version: String
    let type: String
    let title: String
    let providerName: String
    let providerUrl: String
    let html: String
    let width: Int
    let height: Int
    let thumbnailUrl: String?
    let thumbnailWidth: Int?
    let thumbnailHeight: Int?

    private enum CodingKeys: String, CodingKey {
        case version, type, title, html, width, height
        case providerName = "provider_name"
        case providerUrl = "provider_url"
        case thumbnailUrl = "thumbnail_url"
        case thumbnailWidth = "thumbnail_width"
        case thumbnailHeight = "thumbnail_height"
    }

    init(_ video: VideoFacts, origin: String, width: Int, height: Int) {
        let frame = video.frame(width: width, height: height)
        version = "1.0"
        type = "video"
        title = video.title
        providerName = "videohost"
        providerUrl = origin + "/"
        (self.width, self.height) = (frame.width, frame.height)
        // The address needs no escapes: a host's name, a path and an identifier.
        html = """
            <iframe src="\(origin)\(video.embedPath)" width="\(frame.width)" height="\(frame.height)" \
            allow="autoplay; fullscreen; picture-in-picture"></iframe>
            """
        // The three fields of the thumbnail come together or not at all.
        let size = video.poster == nil ? nil : video.size?.within(width: 1280, height: 1280)
        thumbnailUrl = size == nil ? nil : video.poster.map { origin + $0 }
        (thumbnailWidth, thumbnailHeight) = (size?.width, size?.height)
    }
}

extension OEmbedDocument: DescribedDocument {
    static let schemaName = "OEmbed"
    static let schema = Schema.object([
        .required("version", .choice(["1.0"])), .required("type", .choice(["video"])), .required("title", .text()),
        .required("provider_name", .text()), .required("provider_url", .text(format: "uri")),
        .required("html", .text("The frame.")), .required("width", .integer(atLeast: 1)),
        .required("height", .integer(atLeast: 1)), .optional("thumbnail_url", .text(format: "uri")),
        .optional("thumbnail_width", .integer(atLeast: 1)), .optional("thumbnail_height", .integer(atLeast: 1)),
    ])
}
