/// The rounding of a value between two ticks.
public enum TickRounding: Sendable {
    /// Towards negative infinity.
    case down
    /// Towards positive infinity.
    case up
    /// To the nearest tick, halves away from zero.
    case nearest
}

/// A time or a duration: a number of ticks and the length of a tick.
///
/// A missing time is `nil`, never a special value. Conversions to another time base need an explicit rounding.
public struct MediaTime: Sendable, Hashable, Codable {
    /// The number of ticks; may be negative.
    public var ticks: Int64
    /// Seconds a tick; greater than zero.
    public var timeBase: Rational

    /// A time of `ticks` × `timeBase` seconds.
    public init(ticks: Int64, timeBase: Rational) {
        self.ticks = ticks
        self.timeBase = timeBase
    }

    /// The exact value in seconds.
    public var seconds: Rational { Rational(ticks) * timeBase }

    /// Milliseconds, rounded to the nearest.
    public var milliseconds: Int64 { MediaTime.rescale(ticks, from: timeBase, to: Rational(1, 1000), .nearest) }

    /// The same time in another time base.
    public func rescaled(to other: Rational, _ rounding: TickRounding) -> MediaTime {
        MediaTime(ticks: MediaTime.rescale(ticks, from: timeBase, to: other, rounding), timeBase: other)
    }

    /// Converts a number of ticks from one time base to another, with 128-bit arithmetic.
    /// - Parameters:
    ///   - ticks: The number of ticks of `from`.
    ///   - from: Seconds a tick of the source time base.
    ///   - to: Seconds a tick of the target time base.
    ///   - rounding: The rounding between two ticks of the target.
    /// - Returns: The number of ticks of `to`, clamped to `Int64`.
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
