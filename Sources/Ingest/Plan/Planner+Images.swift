import MediaModel

extension Planner {
    /// Posters and storyboard of a presentation.
    func planImages(_ source: PlannedSource, video: VideoPlan?, duration: Rational) -> ImagePlan {
        guard let video, let rung = video.rungs.last else {
            return ImagePlan(
                posters: source.cover.map { .cover(streamIndex: $0) } ?? .waveform, posterSide: 1280, storyboard: nil)
        }
        let milliseconds = Int64((duration.doubleValue * 1000).rounded(.down))
        let posters = [12, 35, 65].map { milliseconds * $0 / 100 }
        return ImagePlan(
            posters: .frames(posters), posterSide: 1280,
            storyboard: storyboard(width: rung.width, height: rung.height, milliseconds: milliseconds))
    }

    /// At most a hundred tiles, at least a second apart, of 160 pixels on the longer side.
    private func storyboard(width: Int, height: Int, milliseconds: Int64) -> Storyboard {
        let interval = max(1000, (milliseconds / 100 + 999) / 1000 * 1000)
        let count = Int(max(1, (milliseconds + interval - 1) / interval))
        let longer = max(width, height)
        func side(_ pixels: Int) -> Int { max(16, (160 * pixels / longer + 1) / 2 * 2) }
        let columns = min(10, count)
        return Storyboard(
            intervalMilliseconds: interval, tileCount: count, tileWidth: side(width), tileHeight: side(height),
            columns: columns, rows: min(10, (count + columns - 1) / columns))
    }
}
