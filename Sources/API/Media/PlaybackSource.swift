public import Packager

/// Provides playlists, and speeds up segments that a player requests before they exist.
public protocol PlaybackSource: Sendable {
    /// The playlist, presentation description or storyboard track at a path of a generation.
    /// - Parameters:
    ///   - video: The video's identifier.
    ///   - generation: Counted from 1.
    ///   - path: Inside the generation: `main.m3u8`, `v720/index.m3u8`.
    /// - Returns: `nil` if there is none that may be seen.
    func manifest(video: String, generation: Int, path: String) async throws -> Manifest?

    /// Raises the priority of an object that is not in the store yet, and waits for it.
    /// - Parameters:
    ///   - video: The video's identifier.
    ///   - generation: Counted from 1.
    ///   - path: Inside the generation: `v720/00001.m4s`.
    ///   - timeout: Longest wait.
    func awaitObject(
        video: String, generation: Int, path: String, timeout: Duration
    ) async throws -> ObjectAvailability
}

/// Whether a requested object exists.
public enum ObjectAvailability: Sendable, Hashable {
    /// It is in the store.
    case available
    /// It is planned, but does not exist yet.
    case pending
    /// The plan has no such object, or its job has ended without it.
    case never
}
