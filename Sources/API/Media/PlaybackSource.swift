public import Packager
public import Pipeline

/// Provides playlists, and speeds up segments that a player requests before they exist.
///
/// The program has `Playback`; tests of routes need neither a database with plans nor workers.
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

extension Playback: PlaybackSource {}
