public import SQL

/// Taking videos down and letting them be seen again. The making of a video does not know of it and goes on.
extension Videos {
    /// Most characters of a reason.
    public static let blockReasonLimit = 500

    /// Takes a video down, whatever it is doing. It reads as ``VideoState/blocked`` from the commit on.
    /// - Parameter reason: For its owner; at most ``blockReasonLimit`` characters.
    /// - Returns: Whether there is such a video that was not blocked.
    public static func block(
        _ id: String, reason: String, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET blocked_at = $2, blocked_reason = $3, updated_at = $2
            WHERE id = $1 AND blocked_at IS NULL AND state <> \(sql: VideoState.blocked)
            """, [.text(id), .integer(time), .text(reason)]) == 1
    }

    /// Lets a blocked video be seen again, in the state that it has reached meanwhile.
    /// - Returns: Whether it was blocked.
    public static func unblock(_ id: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        // Before there was a column of its own, an operator could only write the state: what was made says what it was.
        try connection.execute(
            """
            UPDATE videos SET blocked_at = NULL, blocked_reason = NULL, updated_at = $2,
                state = CASE WHEN state <> \(sql: VideoState.blocked) THEN state
                    WHEN ready_at IS NOT NULL THEN \(sql: VideoState.ready)
                    WHEN playable_at IS NOT NULL THEN \(sql: VideoState.playable)
                    WHEN rejection_code IS NOT NULL THEN \(sql: VideoState.rejected)
                    WHEN failure_code IS NOT NULL THEN \(sql: VideoState.failed)
                    WHEN EXISTS (SELECT 1 FROM sources WHERE video_id = $1) THEN \(sql: VideoState.processing)
                    ELSE \(sql: VideoState.draft) END
            WHERE id = $1 AND (blocked_at IS NOT NULL OR state = \(sql: VideoState.blocked))
            """, [.text(id), .integer(time)]) == 1
    }

    /// Which videos an operator wants to see.
    public struct Filter: Sendable, Hashable {
        /// States as viewers see them, any of which will do; all if empty.
        public var states: Set<VideoState>
        /// Only this user's.
        public var ownerID: String?
        /// Most videos.
        public var limit: Int

        /// A filter.
        public init(states: Set<VideoState> = [], ownerID: String? = nil, limit: Int = 50) {
            self.states = states
            self.ownerID = ownerID
            self.limit = limit
        }
    }

    /// Videos of everybody, newest first.
    public static func list(_ filter: Filter, in connection: any SQLConnection) throws -> [Video] {
        var (terms, arguments) = ([String](), [SQLValue]())
        if !filter.states.isEmpty {
            // A blocked video's column says how far its making is.
            let names = filter.states.subtracting([.blocked]).map(\.rawValue).sorted()
            var states = names.isEmpty ? [] : ["(blocked_at IS NULL AND state IN (\(places(names.count, from: 1))))"]
            if filter.states.contains(.blocked) {
                states.append("blocked_at IS NOT NULL OR state = \(sql: VideoState.blocked)")
            }
            terms.append("(\(states.joined(separator: " OR ")))")
            arguments = names.map { .text($0) }
        }
        if let owner = filter.ownerID {
            arguments.append(.text(owner))
            terms.append("owner_id = $\(arguments.count)")
        }
        arguments.append(SQLValue(filter.limit))
        return try connection.query(
            """
            SELECT \(columns) FROM videos \(terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND "))
            ORDER BY id DESC LIMIT $\(arguments.count)
            """, arguments
        ).map(Video.init)
    }

    /// The videos with these identifiers, in no order; those that do not exist are left out.
    public static func find(ids: some Collection<String>, in connection: any SQLConnection) throws -> [Video] {
        guard !ids.isEmpty else { return [] }
        return try connection.query(
            "SELECT \(columns) FROM videos WHERE id IN (\(places(ids.count, from: 1)))", ids.map { .text($0) }
        ).map(Video.init)
    }
}
