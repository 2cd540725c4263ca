public import Packager

/// Where playlists come from, and who hurries a segment that somebody waits for.
public protocol PlaybackSource: Sendable {
    /// The playlist, presentation description or storyboard track at a path of a generation.
    /// - Parameters:
    ///   - video: The video's identifier.
    ///   - generation: Counted from 1.
    ///   - path: Inside the generation: `main.m3u8`, `v720/index.m3u8`.
    /// - Returns: `nil` if there is none that may be seen.
    func manifest(video: String, generation: Int, path: String) async throws -> Manifest?

    /// Hurries an object that is not in the store yet, and waits for it.
    /// - Parameters:
    ///   - video: The video's identifier.
    ///   - generation: Counted from 1.
    ///   - path: Inside the generation: `v720/00001.m4s`.
    ///   - timeout: Longest wait.
    func awaitObject(
        video: String, generation: Int, path: String, timeout: Duration
    ) async throws -> ObjectAvailability
}

/// What is known of an object that was asked for.
public enum ObjectAvailability: Sendable, Hashable {
    /// It is in the store.
    case available
    /// It will be made, but is not there yet.
    case pending
    /// The plan has no such object, or it will never be made.
    case never
}
