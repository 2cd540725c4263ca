/// What a character does to the text that people see.
extension Unicode.Scalar {
    /// Whether people see something: not white space, and not a character that Unicode has no glyph for, such as a joiner.
    public var isVisible: Bool {
        // The blank Braille pattern is not white space, and has no dot.
        !properties.isWhitespace && !properties.isDefaultIgnorableCodePoint && self != "\u{2800}"
    }

    /// Whether it embeds, overrides or isolates the direction of the text behind it (Unicode Standard Annex 9, section 2), and
    /// so reorders what stands around it. The marks of one character's width, which languages need, do not.
    public var turnsDirection: Bool {
        switch value {
        case 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
