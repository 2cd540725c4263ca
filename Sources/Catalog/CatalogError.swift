/// What a repository refuses, in terms that a caller can act on.
public enum CatalogError: Error, Sendable, Hashable {
    /// The video already has its source; a source never changes.
    case sourceExists
    /// The video has no such generation.
    case noGeneration(video: String, number: Int)
}
