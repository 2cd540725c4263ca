/// What is known of a video that is ready, so that lists need not read plans and ledgers again: none of it changes.
struct FinishedRenditions: Sendable {
    /// Names a generation.
    struct Key: Hashable, Sendable {
        let video: String
        let generation: Int
    }

    let renditions: [VideoDocument.Rendition]
    let hasPoster: Bool
    let hasStoryboard: Bool
}
