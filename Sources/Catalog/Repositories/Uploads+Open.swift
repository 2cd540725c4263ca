public import SQL

extension Uploads {
    /// The open uploads of a video, oldest first, with the identity of the folder in which the bytes of each lie.
    public static func listOpen(
        video: String, in connection: any SQLConnection
    ) throws -> [(upload: Upload, folder: String)] {
        try connection.query(
            "SELECT \(columns), folder FROM uploads WHERE video_id = $1 AND state = $2 ORDER BY id",
            [.text(video), SQLValue(UploadState.open)]
        ).map { (try Upload($0), try $0.text("folder")) }
    }

    /// Uploads that have not ended, by id; the start of a server goes through all of them.
    /// - Parameters:
    ///   - cursor: The last id of the page before; `nil` for the first page.
    ///   - folder: Only those whose bytes lie in this folder.
    ///   - limit: Most uploads of a page.
    public static func listOpen(
        after cursor: String? = nil, folder: String = "", limit: Int = 100, in connection: any SQLConnection
    ) throws -> [Upload] {
        try connection.query(
            "SELECT id FROM uploads WHERE state = $1 AND id > $2 AND folder IN ('', $4) ORDER BY id LIMIT $3",
            [SQLValue(UploadState.open), .text(cursor ?? ""), SQLValue(limit), .text(folder)]
        ).compactMap { try find(id: $0.text("id"), in: connection) }
    }
}
