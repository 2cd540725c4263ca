public import SQL

/// The captions table.
public enum Captions {
    /// Most captions that can be sent for a video.
    public static let limit = 64

    /// All captions of some videos, of every generation, without their cues: by video, generation and name.
    public static func list(videos: [String], in connection: any SQLConnection) throws -> [CaptionRecord] {
        guard !videos.isEmpty else { return [] }
        let values = videos.map(SQLValue.text)
        return try connection.query(
            """
            SELECT \(CaptionRecord.columns) FROM captions WHERE video_id IN (\(values.placeholders))
            ORDER BY video_id, generation, track
            """, values
        ).map { try CaptionRecord($0) }
    }

    /// One track with its cues.
    public static func find(
        video: String, generation: Int, track: String, in connection: any SQLConnection
    ) throws -> CaptionRecord? {
        try connection.query(
            """
            SELECT \(CaptionRecord.columns), webvtt FROM captions
            WHERE video_id = $1 AND generation = $2 AND track = $3
            """, [.text(video), SQLValue(generation), .text(track)]
        ).first.map { try CaptionRecord($0, webVTT: $0.text("webvtt")) }
    }

    /// Stores what was read from a source, in place of what an earlier attempt has stored.
    public static func setExtracted(
        _ records: [CaptionRecord], video: String, generation: Int, in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM captions WHERE video_id = $1 AND generation = $2", [.text(video), SQLValue(generation)])
        for record in records { try insert(record, in: connection) }
    }

    /// Stores captions that somebody has sent, in place of those that they sent before in the same language.
    /// - Returns: `nil` if the video has ``limit`` of them already; nothing is changed then. Else whether there were some
    ///   before.
    public static func put(_ record: CaptionRecord, in connection: any SQLConnection) throws -> Bool? {
        let before = try delete(video: record.videoID, language: record.language, in: connection)
        let row = try connection.query(
            "SELECT COUNT(*) AS total FROM captions WHERE video_id = $1 AND generation = 0", [.text(record.videoID)]
        ).first
        guard try row?.int("total") ?? 0 < limit else { return nil }
        try insert(record, in: connection)
        return before
    }

    /// Removes captions that somebody has sent.
    /// - Returns: Whether there were any.
    public static func delete(video: String, language: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM captions WHERE video_id = $1 AND generation = 0 AND language = $2",
            [.text(video), .text(language)]) > 0
    }

    private static func insert(_ record: CaptionRecord, in connection: any SQLConnection) throws {
        let values = record.values + [.text(record.webVTT), SQLValue(record.webVTT.utf8.count)]
        try connection.execute(
            """
            INSERT INTO captions (\(CaptionRecord.columns), webvtt, byte_count) VALUES (\(values.placeholders))
            """, values)
    }
}
