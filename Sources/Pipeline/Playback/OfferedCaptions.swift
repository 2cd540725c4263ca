public import Catalog
public import Packager

/// The captions that viewers of a generation may choose from.
///
/// Those that were read from the source belong to the generation and stand in its stored playlists. Those that its owner
/// has sent belong to the video: a finished generation never changes, so only playlists that are rendered on request name
/// them. They take the place of the source's own in the same language.
public struct OfferedCaptions: Sendable {
    /// A row and the track that it becomes.
    public struct Item: Sendable, Hashable {
        /// The row, without its cues.
        public let record: CaptionRecord
        /// What playlists say of it.
        public let track: CaptionTrack
    }

    /// In the order in which they are listed: those of the source first.
    public let items: [Item]

    /// What is offered.
    /// - Parameters:
    ///   - records: Captions of the video; those of other generations are left out.
    ///   - generation: The generation that is watched.
    public init(_ records: [CaptionRecord], generation: Int?) {
        let sent = records.filter(\.isUploaded)
        let replaced = Set(sent.map { CaptionTrack.tag($0.language) })
        let read = records.filter {
            !$0.isUploaded && $0.generation == generation && !replaced.contains(CaptionTrack.tag($0.language))
        }
        let chosen = read + sent
        let tracks = CaptionTrack.withDistinctLabels(
            chosen.map {
                CaptionTrack(
                    name: $0.track, language: $0.language, label: $0.label, isForced: $0.isForced,
                    isForHearingImpaired: $0.isForHearingImpaired)
            })
        items = zip(chosen, tracks).map { Item(record: $0, track: $1) }
    }

    /// What playlists say of them.
    public var tracks: [CaptionTrack] { items.map(\.track) }

    /// The item of a language, rather one that has everything than one of signs alone.
    /// - Parameter language: In any form that ``CaptionTrack/tag(_:)`` takes.
    public func item(language: String) -> Item? {
        let found = items.filter { $0.track.language == CaptionTrack.tag(language) }
        return found.first { !$0.record.isForced } ?? found.first
    }
}
