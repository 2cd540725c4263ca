/// What a repository refuses, in terms that a caller can act on.
public enum CatalogError: Error, Sendable, Hashable {
    /// Another user has this address, upper and lower case alike.
    case emailTaken
    /// Another user has this name, upper and lower case alike.
    case usernameTaken
    /// The video already has its source; a source never changes.
    case sourceExists
    /// The video has no such generation.
    case noGeneration(video: String, number: Int)
}
