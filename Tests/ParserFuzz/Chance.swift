/// Random numbers whose sequence a seed decides (splitmix64): the same inputs come again on every machine.
struct Chance: RandomNumberGenerator {
    private var state: UInt64

    /// The sequence of one input.
    init(seed: UInt64, parser: String, round: UInt64) {
        // FNV-1a of the name, so that parsers do not see the same sequences.
        let name = parser.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        state = name ^ seed &* 0x9E37_79B9_7F4A_7C15 ^ round &* 0xD1B5_4A32_D192_ED03
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number below a bound; 0 where there is none.
    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }

    /// One of some values; there has to be one.
    mutating func one<Value>(of values: [Value]) -> Value { values[below(values.count)] }
}
