public import Catalog
public import Packager

/// The captions that viewers of a generation can choose from.
///
/// Captions that were read from the source belong to the generation and are in its stored playlists. Captions that the
/// owner sent belong to the video. A finished generation never changes, so only playlists that are rendered on request name
/// them. They replace the captions of the source in the same language.
public struct OfferedCaptions: Sendable {
    /// A row and the track that it becomes.
    public struct Item: Sendable, Hashable {
        /// The row, without its cues.
        public let record: CaptionRecord
        /// The track in playlists.
        public let track: CaptionTrack
    }

    /// The items in the order of playlists: those of the source first.
    public let items: [Item]

    /// The captions that are offered.
    /// - Parameters:
    ///   - records: The captions of the video; those of other generations are left out.
    ///   - generation: The generation that is played.
    public init(_ records: [CaptionRecord], generation: Int?) {
        let sent = records.filter(\.isUploaded)
        let replaced = Set(sent.map { LanguageName.tag($0.language) })
        let read = records.filter {
            !$0.isUploaded && $0.generation == generation && !replaced.contains(LanguageName.tag($0.language))
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

    /// The tracks in playlists.
    public var tracks: [CaptionTrack] { items.map(\.track) }

    /// The item of a language; a full track is preferred to a forced one.
    /// - Parameter language: In any form that ``LanguageName/tag(_:)`` takes.
    public func item(language: String) -> Item? {
        let found = items.filter { $0.track.language == LanguageName.tag(language) }
        return found.first { !$0.record.isForced } ?? found.first
    }
}
