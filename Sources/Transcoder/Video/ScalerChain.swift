import AV
import MediaModel

/// Scales a frame to several rungs, each from the next larger rung, so that most of the scaling reads small frames.
///
/// A rung's frames do not depend on which other rungs are wanted: all encoded rungs of the plan that are larger are stages. Use
/// on one thread.
final class ScalerChain {
    private struct Stage {
        let scaler: OwnedScaler
        let isWanted: Bool
    }

    /// A scaler that an array can hold.
    private final class OwnedScaler {
        var scaler: Scaler

        init(_ scaler: consuming Scaler) { self.scaler = scaler }
    }

    private let stages: [Stage]

    /// A chain for the encoded rungs of a plan.
    /// - Parameter wanted: The names of the rungs whose frames are returned.
    init(_ plan: VideoPlan, wanted: [String]) {
        var rungs = plan.rungs.filter { $0.passthrough == nil }[...]
        while let lowest = rungs.first, !wanted.contains(lowest.name) { rungs.removeFirst() }
        var color = plan.scaledColor
        stages = rungs.reversed().map { rung in
            defer { color.fullRange = false }
            return Stage(
                scaler: OwnedScaler(Scaler(width: rung.width, height: rung.height, sourceColor: color)),
                isWanted: wanted.contains(rung.name))
        }
    }

    /// The frame at the size of each wanted rung, lowest rung first.
    /// - Throws: `AVFailure` when memory has run out or the format cannot be converted.
    func scale(_ frame: Frame) throws -> [Frame] {
        var frame = frame
        var frames: [Frame] = []
        for stage in stages {
            frame = try stage.scaler.scaler.scale(frame)
            if stage.isWanted { frames.append(frame) }
        }
        return frames.reversed()
    }
}

extension VideoPlan {
    /// The colours of the frames that are scaled. Tone mapping outputs limited range.
    var scaledColor: ColorFacts {
        var color = preparation.outputColor
        color.fullRange = preparation.toneMap ? false : preparation.sourceColor.fullRange
        return color
    }
}
