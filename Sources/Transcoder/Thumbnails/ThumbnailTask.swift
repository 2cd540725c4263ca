import AV
public import MediaModel

/// Produces posters and the storyboard. Blocks.
public struct ThumbnailTask: Sendable {
    /// The plan of the whole presentation.
    public let plan: EncodingPlan

    /// A task.
    public init(plan: EncodingPlan) { self.plan = plan }

    /// Runs the task. Replaces images that cannot be decoded, so that they do not fail the video.
    /// - Throws: ``TranscodeError`` or `AVFailure`.
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws {
        switch plan.images.posters {
        case .frames(let times):
            guard let video = plan.video else { throw TranscodeError.notInPlan("video") }
            try frames(video, at: times, source, scratch, sink)
        case .cover(let stream):
            if try cover(stream, source, scratch, sink) { return }
            sink(.note(.coverUnreadable))
            try waveform(source, scratch, sink)
        case .waveform:
            try waveform(source, scratch, sink)
        }
    }

    private func write(_ canvas: Canvas, quality: Int, _ file: String, _ scratch: Scratch, _ sink: EventSink) throws {
        try scratch.write(try canvas.jpeg(quality: quality), to: file)
        sink(.image(file: file))
    }

    /// Writes a poster, and beside the first one its small copy.
    private func write(poster canvas: Canvas, _ number: Int, _ scratch: Scratch, _ sink: EventSink) throws {
        try write(canvas, quality: 4, "poster-\(number).jpg", scratch, sink)
        guard number == 1, let width = plan.images.smallPosterWidth, width < canvas.width else { return }
        try scratch.write(try canvas.webp(width: width, quality: 80), to: ImagePlan.smallPosterName)
        sink(.image(file: ImagePlan.smallPosterName))
    }

    private func canvas(_ frame: Frame, width: Int, height: Int, color: ColorFacts) throws -> Canvas {
        let canvas = try Canvas(width: width, height: height)
        var scaler = Scaler(width: canvas.width, height: canvas.height, sourceColor: color, fullRange: true)
        canvas.draw(try scaler.scale(frame), x: 0, y: 0)
        return canvas
    }

    // MARK: Video

    private func frames(
        _ video: VideoPlan, at posters: [Int64], _ source: SourceAccess, _ scratch: Scratch, _ sink: EventSink
    ) throws {
        guard let rung = video.rungs.last else { throw TranscodeError.notInPlan("rung") }
        let longer = max(rung.width, rung.height)
        let scale = min(1, Double(plan.images.posterSide) / Double(longer))
        let size = (width: Int(Double(rung.width) * scale), height: Int(Double(rung.height) * scale))
        var color = video.preparation.outputColor
        color.fullRange = video.preparation.toneMap ? false : video.preparation.sourceColor.fullRange
        var picker = try ThumbnailPicker(source, plan: video)
        var taken = 0
        for time in posters {
            guard let frame = try picker.frame(atMilliseconds: time) ?? nearest(video, taken, source) else {
                continue
            }
            taken += 1
            try write(
                poster: canvas(frame, width: size.width, height: size.height, color: color), taken, scratch, sink)
        }
        guard let board = plan.images.storyboard else { return }
        try storyboard(board, &picker, color, scratch, sink)
    }

    /// The first frame of the source, for the first poster if seeking does not work.
    private func nearest(_ video: VideoPlan, _ taken: Int, _ source: SourceAccess) throws -> Frame? {
        guard taken == 0 else { return nil }
        var reader = try VideoSourceReader(source, plan: video, range: SegmentRange(first: 0, count: 1))
        return try reader.next()?.frame
    }

    private func storyboard(
        _ board: Storyboard, _ picker: inout ThumbnailPicker, _ color: ColorFacts, _ scratch: Scratch, _ sink: EventSink
    ) throws {
        let perSheet = board.columns * board.rows
        var scaler = Scaler(width: board.tileWidth, height: board.tileHeight, sourceColor: color, fullRange: true)
        for sheet in 0..<board.sheetCount {
            let canvas = try Canvas(
                width: board.columns * board.tileWidth, height: board.rows * board.tileHeight, luma: 0)
            for tile in (sheet * perSheet)..<min(board.tileCount, (sheet + 1) * perSheet) {
                let middle = Int64(tile) * board.intervalMilliseconds + board.intervalMilliseconds / 2
                guard let frame = try picker.frame(atMilliseconds: middle) else { continue }
                let place = tile - sheet * perSheet
                canvas.draw(
                    try scaler.scale(frame), x: place % board.columns * board.tileWidth,
                    y: place / board.columns * board.tileHeight)
                sink(.progress(Double(tile + 1) / Double(board.tileCount)))
            }
            try write(canvas, quality: 6, "storyboard-\(sheet + 1).jpg", scratch, sink)
        }
    }

    // MARK: Audio only

    private func cover(_ stream: Int, _ source: SourceAccess, _ scratch: Scratch, _ sink: EventSink) throws -> Bool {
        var demuxer = try source.open(stream, nil)
        guard
            var decoder = try? Decoder(
                demuxer: demuxer, stream: stream, allowed: source.codecs, threads: 1,
                maximumPixels: source.limits.maximumPixels)
        else { return false }
        let packet = try Packet()
        guard demuxer.read(into: packet), packet.streamIndex == stream else { return false }
        _ = try decoder.send(packet)
        _ = try decoder.send(nil)
        guard case .output(let frame) = try decoder.receive(), frame.width > 0, frame.height > 0 else { return false }
        let scale = min(1, Double(plan.images.posterSide) / Double(max(frame.width, frame.height)))
        try write(
            poster: canvas(
                frame, width: Int(Double(frame.width) * scale), height: Int(Double(frame.height) * scale),
                color: frame.color),
            1, scratch, sink)
        return true
    }

    private func waveform(_ source: SourceAccess, _ scratch: Scratch, _ sink: EventSink) throws {
        guard let audio = plan.audio.first else { throw TranscodeError.notInPlan("audio") }
        let canvas = try Waveform(columns: 128, plan: audio).draw(source)
        try write(poster: canvas, 1, scratch, sink)
    }
}
