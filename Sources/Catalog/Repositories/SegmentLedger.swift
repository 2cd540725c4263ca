public import SQL

/// The ledger: which runs of segments exist.
public enum SegmentLedger {
    /// Notes a finished run; a run that was made again replaces what an older epoch noted.
    /// - Returns: `false` if a newer epoch has noted the run already; nothing is changed then.
    @discardableResult
    public static func record(_ entry: SegmentLedgerEntry, in connection: any SQLConnection) throws -> Bool {
        let values = try entry.values()
        return try !connection.query(
            """
            INSERT INTO ledger (\(SegmentLedgerEntry.columns)) VALUES (\(values.placeholders))
            ON CONFLICT (video_id, generation, track, first_segment) DO UPDATE SET
                segment_count = excluded.segment_count, epoch = excluded.epoch, segments = excluded.segments,
                created_at = excluded.created_at
            WHERE ledger.epoch <= excluded.epoch
            RETURNING track
            """, values
        ).isEmpty
    }

    /// All runs of a generation, by track and then by time.
    public static func entries(
        video: String, generation: Int, in connection: any SQLConnection
    ) throws -> [SegmentLedgerEntry] {
        try connection.query(
            """
            SELECT \(SegmentLedgerEntry.columns) FROM ledger WHERE video_id = $1 AND generation = $2
            ORDER BY track, first_segment
            """, [.text(video), SQLValue(generation)]
        ).map(SegmentLedgerEntry.init)
    }

    /// The runs of one track, by time.
    public static func entries(
        video: String, generation: Int, track: String, in connection: any SQLConnection
    ) throws -> [SegmentLedgerEntry] {
        try connection.query(
            """
            SELECT \(SegmentLedgerEntry.columns) FROM ledger
            WHERE video_id = $1 AND generation = $2 AND track = $3 ORDER BY first_segment
            """,
            [.text(video), SQLValue(generation), .text(track)]
        ).map(SegmentLedgerEntry.init)
    }

    /// How many segments of each track exist, without reading what was measured of them.
    public static func segmentCounts(
        video: String, generation: Int, in connection: any SQLConnection
    ) throws -> [String: Int] {
        let rows = try connection.query(
            """
            SELECT track, CAST(SUM(segment_count) AS BIGINT) AS total FROM ledger
            WHERE video_id = $1 AND generation = $2 GROUP BY track
            """,
            [.text(video), SQLValue(generation)])
        var counts: [String: Int] = [:]
        for row in rows { counts[try row.text("track")] = try row.int("total") }
        return counts
    }

    /// Whether the run that holds a segment exists.
    public static func contains(
        video: String, generation: Int, track: String, segment: Int, in connection: any SQLConnection
    ) throws -> Bool {
        try !connection.query(
            """
            SELECT track FROM ledger WHERE video_id = $1 AND generation = $2 AND track = $3
                AND first_segment <= $4 AND first_segment + segment_count > $4
            """,
            [.text(video), SQLValue(generation), .text(track), SQLValue(segment)]
        ).isEmpty
    }
}
