internal import Foundation

/// What a name looks like: two names whose skeletons are equal can be taken for each other.
///
/// Follows UTS 39 section 4 (skeletons of confusable text) and goes further where names are concerned: letter case, white
/// space and marks above and below letters do not count either. A skeleton is compared and stored, never shown.
public enum NameSkeleton {
    /// The skeleton of a name; equal for the same name in any letter case. Empty if nothing of the name can be seen.
    ///
    /// Total, and linear in the name's length. Names in ASCII have a skeleton in ASCII.
    public static func of(_ name: String) -> String {
        var skeleton = ""
        // Compatibility forms first: they hold fullwidth, mathematical, circled and superscript letters.
        for scalar in name.decomposedStringWithCompatibilityMapping.unicodeScalars where isSeen(scalar) {
            if let latin = table[scalar] {
                skeleton += latin
            } else {
                // Letters without a likeness in their own case may have one in the other.
                for folded in scalar.properties.lowercaseMapping.unicodeScalars where isSeen(folded) {
                    skeleton += table[folded] ?? digit(folded) ?? String(folded)
                }
            }
        }
        return skeleton
    }

    /// A name in ASCII with one sign for those that look alike by themselves in the pages' font: `1`, `l` and `I`, `0`, `o`
    /// and `O`. Other letters are in lower case.
    ///
    /// Narrower than ``of(_:)``, for the names of accounts: `Ian` and `Lan`, `corner` and `comer` are different people.
    public static func ofAccount(_ name: String) -> String {
        String(
            decoding: name.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "l"), UInt8(ascii: "I"): UInt8(ascii: "1")
                case UInt8(ascii: "o"), UInt8(ascii: "O"): UInt8(ascii: "0")
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
                default: byte
                }
            }, as: UTF8.self)
    }

    /// Whether a scalar is more than a mark, a space or something invisible.
    private static func isSeen(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if properties.isDefaultIgnorableCodePoint || properties.isWhitespace { return false }
        switch properties.generalCategory {
        case .control, .format, .nonspacingMark, .enclosingMark, .spacingMark, .surrogate, .unassigned: return false
        default: return true
        }
    }

    /// A digit of any script as its value; 0 and 1 look like letters.
    private static func digit(_ scalar: Unicode.Scalar) -> String? {
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else { return nil }
        return value == 0 ? "o" : value == 1 ? "l" : String(Int(value))
    }

    /// What each scalar looks like, in lower-case Latin letters and ASCII signs.
    private static let table: [Unicode.Scalar: String] = {
        var table: [Unicode.Scalar: String] = [:]
        for (latin, alike) in likenesses {
            for scalar in alike.unicodeScalars { table[scalar] = latin }
        }
        // Letters in black squares and circles, and the letters that flags are made of, which have no other form.
        for first: UInt32 in [0x1F150, 0x1F170, 0x1F1E6] {
            for offset in 0..<UInt32(26) {
                guard let scalar = Unicode.Scalar(first + offset), let letter = Unicode.Scalar(0x61 + offset) else {
                    continue
                }
                table[scalar] = table[letter] ?? String(letter)
            }
        }
        return table
    }()

    /// Letters and signs by what they look like (confusables.txt of UTS 39, the scripts that people write names with):
    /// Latin beyond ASCII and small capitals, Greek, Cyrillic, Armenian, Hebrew and Arabic, Cherokee, Lisu, Coptic.
    private static let likenesses: [(latin: String, alike: String)] = [
        ("a", "ɑαᴀаΑАᎪꓮⲀⲁ∀"), ("b", "ʙβΒВвЬьƅßẞƀƁɓᏴᏏꓐⲂⲃ"), ("c", "ϲсСϹᴄⅭҪҫƈƇɕᏟꓚⲤⲥ©ƆɔↃ"),
        ("d", "đĐðÐƉƊɖɗᴅԁԀᎠꓓ"), ("e", "ɛεΕеЕєЄᴇ℮ҽҼɇƐəǝәӘƏᎬꓰ"), ("f", "ꜰƒƑϝϜғҒᖴꓝẝ"), ("g", "ɡɢցԌԍǥǤƓɠᏀᏳꓖ"),
        ("h", "ħĦʜНнΗηһҺհիᎻᏂꓧⲎⲏңҢӈӇƕ"), ("j", "ʝϳјЈյᴊɟɈɉᎫꓙȷ"), ("k", "κкΚКᴋƙƘқҚҝҞҟҠҡӃӄϏᏦꓗⲔⲕ"),
        ("l", "1iIlLıɩɪιΙіІӏӀłŁƖʟⅠ|ǀ∣│¦ᎢᏞꓡꓲլԼוןاﺍߊⲒⲓ"), ("n", "ɴпПΝոռᴎИиƞŋŊɲƝᏁꓠⲚ"),
        ("o", "0οσΟоОօՕøØᴏɵƟөӨסەهہ௦๐໐٥۵ഠଠঠ〇○◯◦ꓳⲞⲟ"), ("p", "ρΡрРᴘþÞϸϷƿƤƥᏢꓑⲢⲣ"), ("q", "ԛԚզգɋɊϙ"),
        ("r", "гГʀᴦɍɌɾяЯᎡᏒꓣⲄⲅ"), ("s", "ѕЅꜱʂՏᏕᏚꓢ$"), ("t", "ŧŦτΤтТᴛƬƭʈҬҭꓔⲦⲧ†"), ("u", "υսՍᴜʋμµцЦʊᑌꓴ∪"),
        ("v", "νѵѴᴠ∨ⅴᏙꓦטᐯ"), ("vv", "wWωшШԝԜᴡѡѠɯաᎳᏔꓪщЩⲰⲱ"), ("x", "χΧхХҳҲ×ᕁꓫⲬⲭ"),
        ("y", "γуУΥүҮұҰʏɏɎƴƳყᎩᎽꓬⲨⲩ"), ("z", "ΖᴢʐȥƵƶζᏃꓜⲌⲍ"), ("rn", "mMмМΜᴍɱᎷꓟⲘⲙ"),
        ("lo", "юЮ"), ("bl", "ыЫ"), ("ae", "æÆӕӔ"), ("oe", "œŒ"), ("2", "ƻᒿꙄ"), ("3", "зЗӡӠҘҙʒƷȜȝᏋ"), ("4", "чЧᏎ"),
        ("6", "бϬᏮ"), ("8", "ȣȢ৪"),
        ("-", "‐‑‒–—―−⁃﹘˗"), (".", "·•․‧∙⋅。܁܂٠۰۔ꓸ"), ("_", "ˍ⎯‿"), ("'", "’‘ʼʹʻʽˈ′`´＇"),
    ]
}
