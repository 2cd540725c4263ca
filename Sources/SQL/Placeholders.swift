/// Checks the placeholders `$1`, `$2`, … of a statement and their values, in the same way for every engine.
enum Placeholders {
    /// Checks that every placeholder has a value and every value can be stored.
    /// - Throws: ``SQLFailure`` with code `misuse` or `unstorableText`.
    static func check(_ sql: String, _ arguments: [SQLValue]) throws {
        let wanted = count(sql)
        guard wanted == arguments.count else {
            throw SQLFailure(.misuse, "A statement has \(wanted) parameters and got \(arguments.count).", sql: sql)
        }
        for (position, value) in arguments.enumerated() {
            // PostgreSQL refuses a text with a NUL, and SQLite would return it truncated without an error.
            if case .text(let text) = value, text.utf8.contains(0) {
                throw SQLFailure(.unstorableText, "Argument \(position + 1) is a text with a NUL character.", sql: sql)
            }
        }
    }

    /// The highest `$n` of a statement; statements have no other dollar signs.
    private static func count(_ sql: String) -> Int {
        var highest = 0
        var number: Int?
        for byte in sql.utf8 {
            switch (byte, number) {
            case (UInt8(ascii: "$"), _): number = 0
            case (UInt8(ascii: "0")...UInt8(ascii: "9"), .some(let digits)) where digits < 100_000:
                number = digits * 10 + Int(byte - UInt8(ascii: "0"))
                highest = max(highest, number ?? 0)
            default: number = nil
            }
        }
        return highest
    }
}
