import Catalog
public import SQL
import Webhooks

/// What an operator does to a video, with what its owner is told of it. All inside the caller's transaction; tell the nodes
/// after the commit.
public enum Moderation {
    /// Takes a video down. Its jobs go on; what they reach shows when the block is lifted.
    /// - Returns: Whether there is such a video that was not blocked.
    @discardableResult
    public static func block(
        _ video: String, reason: String, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        guard try Videos.block(video, reason: reason, at: time, in: connection) else { return false }
        try Outbox.announce(event: .blocked, video: video, reason: reason, at: time, in: connection)
        return true
    }

    /// Lets a blocked video be seen again.
    /// - Returns: Whether it was blocked.
    @discardableResult
    public static func unblock(
        _ video: String, reason: String? = nil, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        guard try Videos.unblock(video, at: time, in: connection) else { return false }
        try Outbox.announce(event: .unblocked, video: video, reason: reason, at: time, in: connection)
        return true
    }

    /// Removes a video. Open uploads of it end when they expire.
    /// - Returns: Whether there was such a video.
    @discardableResult
    public static func delete(
        _ video: String, reason: String? = nil, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try Outbox.announce(event: .deleted, video: video, reason: reason, at: time, in: connection)
        return try Deletion.delete(video: video, at: time, in: connection)
    }
}
