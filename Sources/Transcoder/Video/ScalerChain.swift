import AV
import MediaModel

/// Scales a frame to several rungs, each from a rung of at least twice its size where there is one, so that much of the scaling reads
/// small frames. From the next larger rung a small one would be scaled many times, and lose sharpness each time.
///
/// A rung's frames do not depend on which other rungs are wanted: what a rung is scaled from is chosen among all encoded rungs of
/// the plan. Use on one thread.
final class ScalerChain {
    private struct Stage {
        let scaler: OwnedScaler
        /// The stage whose frame is scaled; `nil` for the source's.
        let from: Int?
        let isWanted: Bool
    }

    /// A scaler that an array can hold.
    private final class OwnedScaler {
        var scaler: Scaler

        init(_ scaler: consuming Scaler) { self.scaler = scaler }
    }

    /// The largest rung first.
    private let stages: [Stage]

    /// A chain for the encoded rungs of a plan.
    /// - Parameter wanted: The names of the rungs whose frames are returned.
    init(_ plan: VideoPlan, wanted: [String]) {
        let rungs = plan.rungs.filter { $0.passthrough == nil }
        func larger(_ rung: Rung) -> Rung? {
            rungs.first { $0.width >= 2 * rung.width && $0.height >= 2 * rung.height }
        }
        // Those that are wanted, and those that they are scaled from.
        var needed = Set(wanted)
        for rung in rungs where needed.contains(rung.name) {
            if let source = larger(rung) { needed.insert(source.name) }
        }
        let made = Array(rungs.filter { needed.contains($0.name) }.reversed())
        stages = made.map { rung in
            let from = larger(rung).flatMap { source in made.firstIndex { $0.name == source.name } }
            var color = plan.scaledColor
            if from != nil { color.fullRange = false }
            return Stage(
                scaler: OwnedScaler(Scaler(width: rung.width, height: rung.height, sourceColor: color)), from: from,
                isWanted: wanted.contains(rung.name))
        }
    }

    /// The frame at the size of each wanted rung, lowest rung first.
    /// - Throws: `AVFailure` when memory has run out or the format cannot be converted.
    func scale(_ frame: Frame) throws -> [Frame] {
        var scaled: [Frame] = []
        for stage in stages { scaled.append(try stage.scaler.scaler.scale(stage.from.map { scaled[$0] } ?? frame)) }
        return zip(stages, scaled).filter { $0.0.isWanted }.map { $0.1 }.reversed()
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
