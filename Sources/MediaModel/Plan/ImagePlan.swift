/// The posters and the storyboard of a plan.
public struct ImagePlan: Sendable, Hashable, Codable {
    /// The source of posters.
    public enum PosterSource: Sendable, Hashable, Codable {
        /// Frames at these output times in milliseconds; the first one is the default.
        case frames([Int64])
        /// The source's cover art, by stream index.
        case cover(streamIndex: Int)
        /// A drawing of the audio level over time.
        case waveform
    }

    /// The source of posters.
    public var posters: PosterSource
    /// The longer side of a poster in pixels, at most.
    public var posterSide: Int
    /// Width in pixels of the small copy of the first poster, for lists; a poster that is not wider gets none, and neither do
    /// plans without a width.
    public var smallPosterWidth: Int?
    /// The storyboard; `nil` for audio only.
    public var storyboard: Storyboard?

    /// The file name of the small copy of the first poster.
    public static let smallPosterName = "poster-small.webp"

    /// The images of a plan.
    public init(posters: PosterSource, posterSide: Int, smallPosterWidth: Int? = nil, storyboard: Storyboard?) {
        self.posters = posters
        self.posterSide = posterSide
        self.smallPosterWidth = smallPosterWidth
        self.storyboard = storyboard
    }
}

/// A grid of thumbnails, for the preview above a seek bar.
public struct Storyboard: Sendable, Hashable, Codable {
    /// Milliseconds from one tile to the next.
    public var intervalMilliseconds: Int64
    /// The number of tiles.
    public var tileCount: Int
    /// Width of a tile in pixels; even.
    public var tileWidth: Int
    /// Height of a tile in pixels; even.
    public var tileHeight: Int
    /// Tiles a row of a sheet.
    public var columns: Int
    /// Rows of a sheet.
    public var rows: Int

    /// A storyboard.
    public init(
        intervalMilliseconds: Int64, tileCount: Int, tileWidth: Int, tileHeight: Int, columns: Int, rows: Int
    ) {
        self.intervalMilliseconds = intervalMilliseconds
        self.tileCount = tileCount
        self.tileWidth = tileWidth
        self.tileHeight = tileHeight
        self.columns = columns
        self.rows = rows
    }

    /// The number of sheets.
    public var sheetCount: Int { (tileCount + columns * rows - 1) / (columns * rows) }
}
