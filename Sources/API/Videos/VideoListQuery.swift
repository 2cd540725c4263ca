internal import Catalog
internal import Ground
internal import HummingbirdCore

/// Which page of which videos a client wants.
struct VideoListQuery: Sendable {
    /// Whether only the client's own videos are wanted, in every state.
    let isMine: Bool
    /// Which page.
    let page: PageQuery

    /// Reads the query; fields that it does not know are ignored.
    /// - Throws: ``Problem`` with 422 and all that is wrong.
    init(_ parameters: FlatDictionary<Substring, Substring>) throws {
        var query = QueryReader(parameters)
        page = PageQuery(&query, prefix: .video)
        isMine = query.flag("mine")
        try query.finish()
    }

    static let parameters =
        PageQuery.parameters(.video) + [.flag("mine", "`1` lists one's own videos in every state.")]
}

/// A page of videos.
struct VideoPage: Encodable, DescribedDocument {
    let data: [VideoDocument]
    let page: PageLink

    static let schemaName = "VideoPage"
    static let schema = Schema.page(of: VideoDocument.self)
}
