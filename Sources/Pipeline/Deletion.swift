import Catalog
import MediaModel
public import SQL

/// Removes videos without leaving objects behind.
public enum Deletion {
    /// Milliseconds after which nobody writes any more who did not know that he was given up: many leases.
    public static let zombieTime: Int64 = 600_000

    /// Removes a video's rows, and queues its folders: at once, and once more for what a worker wrote that did not know yet.
    /// - Returns: Whether there was such a video.
    public static func delete(video: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        guard try Videos.delete(video, in: connection) else { return false }
        for folder in ObjectKey.folders(video: video) {
            try DeletionQueue.queue(folder, at: time, in: connection)
            try DeletionQueue.queue(folder, round: 2, at: time + zombieTime, in: connection)
        }
        return true
    }

    /// Removes the file that a video was made from, and queues its folder; the video stays.
    /// - Returns: Whether it had one.
    public static func deleteSource(video: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        guard try Sources.delete(video: video, in: connection) else { return false }
        try DeletionQueue.queue(ObjectKey.sourceFolder(video: video), at: time, in: connection)
        return true
    }
}
