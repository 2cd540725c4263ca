/// An exact fraction in lowest terms with a positive denominator, for frame rates, time bases and aspect ratios.
///
/// Arithmetic uses 128 bits, so no product of two values overflows before it is reduced.
public struct Rational: Sendable, Hashable {
    /// The numerator; its sign is the fraction's sign.
    public let numerator: Int64
    /// The denominator, always greater than zero.
    public let denominator: Int64

    /// A fraction in lowest terms.
    /// - Parameters:
    ///   - numerator: Any value.
    ///   - denominator: Not zero; a negative one moves its sign to the numerator.
    public init(_ numerator: Int64, _ denominator: Int64 = 1) {
        precondition(denominator != 0, "a rational needs a denominator that is not zero")
        self.init(wide: Int128(numerator), Int128(denominator))
    }

    private init(wide numerator: Int128, _ denominator: Int128) {
        let divisor = Rational.greatestCommonDivisor(numerator.magnitude, denominator.magnitude)
        let sign: Int128 = denominator < 0 ? -1 : 1
        let reduced = (sign * numerator / Int128(divisor), sign * denominator / Int128(divisor))
        precondition(
            Int64(exactly: reduced.0) != nil && Int64(exactly: reduced.1) != nil, "a rational does not fit 64 bits")
        self.numerator = Int64(truncatingIfNeeded: reduced.0)
        self.denominator = Int64(truncatingIfNeeded: reduced.1)
    }

    private static func greatestCommonDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return max(a, 1)
    }

    /// The nearest floating-point value; for output and heuristics, not for exact arithmetic.
    public var doubleValue: Double { Double(numerator) / Double(denominator) }

    /// The reciprocal. The value must not be zero.
    public var reciprocal: Rational { Rational(denominator, numerator) }

    /// The sum, exact.
    public static func + (a: Rational, b: Rational) -> Rational {
        Rational(
            wide: Int128(a.numerator) * Int128(b.denominator) + Int128(b.numerator) * Int128(a.denominator),
            Int128(a.denominator) * Int128(b.denominator))
    }

    /// The difference, exact.
    public static func - (a: Rational, b: Rational) -> Rational {
        a + Rational(-b.numerator, b.denominator)
    }

    /// The product, exact.
    public static func * (a: Rational, b: Rational) -> Rational {
        Rational(wide: Int128(a.numerator) * Int128(b.numerator), Int128(a.denominator) * Int128(b.denominator))
    }

    /// The quotient, exact; `b` must not be zero.
    public static func / (a: Rational, b: Rational) -> Rational { a * b.reciprocal }
}

extension Rational: Comparable {
    /// Orders by value, exactly.
    public static func < (a: Rational, b: Rational) -> Bool {
        Int128(a.numerator) * Int128(b.denominator) < Int128(b.numerator) * Int128(a.denominator)
    }
}

extension Rational: Codable {
    /// Reads `"num/den"`.
    /// - Throws: `DecodingError.dataCorrupted` if the text is not two integers with a denominator above zero.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let numerator = parts.first.flatMap({ Int64($0) }),
            let denominator = parts.count == 2 ? Int64(parts[1]) : 1, denominator > 0
        else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a rational: \(text)")
        }
        self.init(numerator, denominator)
    }

    /// Writes `"num/den"`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("\(numerator)/\(denominator)")
    }
}

extension Rational: CustomStringConvertible {
    /// `num/den`.
    public var description: String { "\(numerator)/\(denominator)" }
}
