import Catalog
import MediaModel
public import SQL

/// Deletes videos and sources together with their objects.
public enum Deletion {
    /// Milliseconds after which no worker that lost its lease still writes: many times the length of a lease.
    public static let zombieTime: Int64 = 600_000

    /// Deletes the rows of a video and queues its folders for removal: at once, and again after ``zombieTime`` for objects
    /// that a worker has written meanwhile.
    /// - Returns: Whether the video existed.
    public static func delete(video: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        guard try Videos.delete(video, in: connection) else { return false }
        for folder in ObjectKey.folders(video: video) {
            try DeletionQueue.queue(folder, at: time, in: connection)
            try DeletionQueue.queue(folder, round: 2, at: time + zombieTime, in: connection)
        }
        return true
    }

    /// Deletes the source of a video and queues its folder for removal; the video stays.
    /// - Returns: Whether it had a source.
    public static func deleteSource(video: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        guard try Sources.delete(video: video, in: connection) else { return false }
        try DeletionQueue.queue(ObjectKey.sourceFolder(video: video), at: time, in: connection)
        return true
    }
}
