/// A parser of this program, with what its inputs look like and what must hold for whatever it makes of one.
struct FuzzedParser: Sendable {
    /// A name for the command line.
    let name: String
    /// Valid inputs, which are mutated; at least one.
    let examples: [[UInt8]]
    /// Words that mean something to the parser.
    let words: [String]
    /// Parses an input and checks what came out.
    /// - Throws: ``Violation``, or ``Refused`` where nothing came out.
    let check: @Sendable (_ input: [UInt8], _ chance: inout Chance) throws -> Void

    init(
        _ name: String, examples: [[UInt8]], words: [String] = [],
        check: @escaping @Sendable (_ input: [UInt8], _ chance: inout Chance) throws -> Void
    ) {
        self.name = name
        self.examples = examples
        self.words = words
        self.check = check
    }

    /// A parser of text.
    init(
        _ name: String, texts: [String], words: [String] = [],
        check: @escaping @Sendable (_ input: String, _ chance: inout Chance) throws -> Void
    ) {
        self.init(name, examples: texts.map { Array($0.utf8) }, words: words) { input, chance in
            try check(String(decoding: input, as: UTF8.self), &chance)
        }
    }

    /// All of them.
    static let all: [FuzzedParser] =
        uploadHeaders + forms + requestHeaders + queries + boxes + captionTexts + names + addresses + documents
        + peoplesWords + childReplies + roomMessages
}

/// The parser refused an input, as it may.
struct Refused: Error {}

/// Something that must hold and does not.
struct Violation: Error, CustomStringConvertible {
    let description: String
}

/// Makes sure that something holds.
func require(_ condition: @autoclosure () throws -> Bool, _ what: @autoclosure () -> String) throws {
    if try !condition() { throw Violation(description: what()) }
}
