/// What a repository refuses, in terms that a caller can act on.
public enum CatalogError: Error, Sendable, Hashable {
    /// Another user has this address, upper and lower case alike.
    case emailTaken
    /// Another user has this name, or one that looks like it.
    case usernameTaken
    /// The video already has its source; a source never changes.
    case sourceExists
    /// The video has no such generation.
    case noGeneration(video: String, number: Int)
    /// The account may not have more of something.
    case quotaExceeded(Quota, limit: Int64)
}
