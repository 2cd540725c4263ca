/// How a value between two ticks becomes a tick.
public enum TickRounding: Sendable {
    /// Towards negative infinity.
    case down
    /// Towards positive infinity.
    case up
    /// To the nearest tick, halves away from zero.
    case nearest
}

/// A point or a length on a clock: a count of ticks and what one tick is worth.
///
/// A missing time is `nil`, never a special value. Converting to a coarser clock needs a rounding on purpose.
public struct MediaTime: Sendable, Hashable, Codable {
    /// How many ticks; may be negative.
    public var ticks: Int64
    /// Seconds a tick; greater than zero.
    public var timeBase: Rational

    /// A time of `ticks` × `timeBase` seconds.
    public init(ticks: Int64, timeBase: Rational) {
        self.ticks = ticks
        self.timeBase = timeBase
    }

    /// The exact length in seconds.
    public var seconds: Rational { Rational(ticks) * timeBase }

    /// Milliseconds, rounded to the nearest.
    public var milliseconds: Int64 { MediaTime.rescale(ticks, from: timeBase, to: Rational(1, 1000), .nearest) }

    /// The same time on another clock.
    public func rescaled(to other: Rational, _ rounding: TickRounding) -> MediaTime {
        MediaTime(ticks: MediaTime.rescale(ticks, from: timeBase, to: other, rounding), timeBase: other)
    }

    /// Converts a tick count from one clock to another in 128-bit arithmetic.
    /// - Parameters:
    ///   - ticks: The count on the clock `from`.
    ///   - from: Seconds a tick of the source clock.
    ///   - to: Seconds a tick of the target clock.
    ///   - rounding: What to do between two ticks of the target clock.
    /// - Returns: The count on the clock `to`; saturates at the ends of `Int64`.
    public static func rescale(_ ticks: Int64, from: Rational, to: Rational, _ rounding: TickRounding) -> Int64 {
        if from == to { return ticks }
        let numerator = Int128(ticks) * Int128(from.numerator) * Int128(to.denominator)
        let denominator = Int128(from.denominator) * Int128(to.numerator)
        var (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        if remainder != 0 {
            let negative = remainder < 0
            switch rounding {
            case .down: if negative { quotient -= 1 }
            case .up: if !negative { quotient += 1 }
            case .nearest:
                remainder = negative ? -remainder : remainder
                if remainder * 2 >= denominator { quotient += negative ? -1 : 1 }
            }
        }
        return Int64(clamping: quotient)
    }
}
