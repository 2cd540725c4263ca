public import MediaModel

/// The storyboard as WebVTT: each cue has the tile of an interval as a media fragment `#xywh=` of a sheet.
public struct StoryboardTrack: Sendable, Hashable {
    /// The grid of tiles.
    public var storyboard: Storyboard
    /// Duration of the presentation in milliseconds.
    public var durationMilliseconds: Int64

    /// A track of `storyboard`; the last cue ends with the presentation.
    public init(storyboard: Storyboard, durationMilliseconds: Int64) {
        self.storyboard = storyboard
        self.durationMilliseconds = durationMilliseconds
    }

    /// The object name of a sheet with an index from 0 on: `storyboard-1.jpg`.
    public static func sheetName(_ index: Int) -> String { "storyboard-\(index + 1).jpg" }

    /// The track as text.
    public var text: String {
        let columns = max(1, storyboard.columns)
        let tilesPerSheet = columns * max(1, storyboard.rows)
        let interval = max(1, storyboard.intervalMilliseconds)
        var text = "WEBVTT\n"
        for tile in 0..<max(0, storyboard.tileCount) {
            let start = Int64(tile) * interval
            guard start < durationMilliseconds else { break }
            let isLast = tile == storyboard.tileCount - 1
            let end = isLast ? durationMilliseconds : min(start + interval, durationMilliseconds)
            let place = tile % tilesPerSheet
            let x = place % columns * storyboard.tileWidth
            let y = place / columns * storyboard.tileHeight
            text += "\n\(CaptionTime.text(start)) --> \(CaptionTime.text(end))\n\(Self.sheetName(tile / tilesPerSheet))"
            text += "#xywh=\(x),\(y),\(storyboard.tileWidth),\(storyboard.tileHeight)\n"
        }
        return text
    }
}
