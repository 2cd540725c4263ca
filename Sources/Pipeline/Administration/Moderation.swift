import Catalog
public import SQL
import Webhooks

/// What operators do to videos, with the webhooks to their owners. All inside the caller's transaction; announce the change
/// to the nodes after the commit.
public enum Moderation {
    /// Blocks a video. Its jobs go on; the state that they reach shows when the block is lifted.
    /// - Returns: Whether the video exists and was not blocked.
    @discardableResult
    public static func block(
        _ video: String, reason: String, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        guard try Videos.block(video, reason: reason, at: time, in: connection) else { return false }
        try Outbox.announce(event: .blocked, video: video, reason: reason, at: time, in: connection)
        return true
    }

    /// Lifts the block of a video.
    /// - Returns: Whether it was blocked.
    @discardableResult
    public static func unblock(
        _ video: String, reason: String? = nil, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        guard try Videos.unblock(video, at: time, in: connection) else { return false }
        try Outbox.announce(event: .unblocked, video: video, reason: reason, at: time, in: connection)
        return true
    }

    /// Deletes a video. Open uploads of it end when they expire.
    /// - Returns: Whether the video existed.
    @discardableResult
    public static func delete(
        _ video: String, reason: String? = nil, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try Outbox.announce(event: .deleted, video: video, reason: reason, at: time, in: connection)
        return try Deletion.delete(video: video, at: time, in: connection)
    }
}
