import Ground
import Testing

@Suite("What names look like")
struct NameSkeletonTests {
    @Test(
        "A look-alike has the skeleton of the name that it looks like",
        arguments: [
            // Letter case, and characters that are not seen.
            ("alice", "ALICE"), ("alice", "al\u{200D}ice"), ("alice", "\u{FEFF}alice\u{2060}"),
            ("alice", "a\u{00AD}lice"),
            ("alice", "al\u{034F}i\u{FE0F}ce"), ("alice", "\u{202E}alice\u{202C}"), ("alice", "a\u{200A}lice "),
            ("alice", "al\u{E0061}ice"), ("alice", "a\u{3164}lice"), ("alice", "a\u{115F}lice"),
            // Other scripts.
            ("alice", "аlice"), ("alice", "аӏісе"), ("ALICE", "АLІСЕ"), ("paypal", "раураl"), ("PAYPAL", "РАУРАL"),
            ("HANNA", "ΗΑΝΝΑ"), ("hanna", "НАNNА"), ("scope", "ѕсоре"),
            ("bob", "ЬоЬ"), ("code", "Ꮯode"), ("zoe", "ᏃΟΕ"),
            ("tom", "ТОМ"), ("tom", "том"), ("tom", "ꓔꓳꓟ"), ("kim", "КІМ"), ("kim", "кім"), ("wood", "ԝοοԁ"),
            ("hope", "һօре"), ("sun", "ѕսո"),
            // Forms of Latin letters.
            ("alice", "ａｌｉｃｅ"), ("alice", "𝐚𝓁𝖎𝚌𝑒"), ("alice", "ⓐⓛⓘⓒⓔ"), ("alice", "🅐🅛🅘🅒🅔"), ("alice", "🅰🅻🅸🅲🅴"),
            ("alice", "🇦🇱🇮🇨🇪"), ("alice", "ᴀʟɪᴄᴇ"), ("alice", "áłìçé"), ("alice", "a\u{0323}lice"), ("alice", "ªlıcҽ"),
            ("soren", "søren"), ("admin", "ⓐdmin"), ("gamma", "ɡamma"),
            // Digits and pairs of letters.
            ("alice", "a1ice"), ("alice", "aIice"), ("alice", "al|ce"), ("bob", "b0b"), ("bob2", "b𝟢b２"),
            ("bob", "b०b"),
            ("modern", "modem"), ("wendy", "vvendy"), ("mia-7", "rnia‐7"), ("a.b", "a․b"),
        ])
    func alike(name: String, other: String) {
        #expect(NameSkeleton.of(name) == NameSkeleton.of(other))
    }

    @Test(
        "Names that are read as others have other skeletons",
        arguments: [
            ("alice", "alica"), ("alice", "alice2"), ("bob", "bobby"), ("ada", "eda"), ("tom", "ton"), ("jan", "jon"),
            ("user5", "users"), ("a-b", "a_b"), ("a.b", "ab"), ("анна", "алла"), ("山田", "山本"), ("nora", "mora"),
        ])
    func unlike(name: String, other: String) {
        #expect(NameSkeleton.of(name) != NameSkeleton.of(other))
    }

    @Test(
        "Nothing that can be seen is nothing",
        arguments: ["", " ", "\u{200B}\u{200D}", "\u{3164}", "\u{0301}", "\u{0}"])
    func empty(name: String) {
        #expect(NameSkeleton.of(name).isEmpty)
    }

    @Test(
        "Names of accounts are alike only letter by letter, as they are shown",
        arguments: [
            ("alice", "a1ice", true), ("Ian", "lan", true), ("bob", "B0B", true), ("user10", "userIO", true),
            ("Ian", "Lan", false), ("corner", "comer", false), ("corn3r", "com3r", false), ("wim", "vvim", false),
            ("user5", "users", false), ("a-b", "a_b", false),
        ])
    func accounts(name: String, other: String, isAlike: Bool) {
        #expect((NameSkeleton.ofAccount(name) == NameSkeleton.ofAccount(other)) == isAlike)
    }

    @Test("Letter case never counts in ASCII, and ASCII stays ASCII")
    func ascii() {
        let letters = (0x21...0x7E).compactMap { Unicode.Scalar($0) }.map { String($0) }
        for first in letters {
            for second in letters {
                let skeleton = NameSkeleton.of(first + second)
                #expect(!skeleton.isEmpty && skeleton.utf8.allSatisfy { (0x21...0x7E).contains($0) })
                #expect(skeleton == NameSkeleton.of((first + second).uppercased()))
                #expect(skeleton == NameSkeleton.of(first) + NameSkeleton.of(second))
            }
        }
    }

    @Test("A skeleton is its own")
    func idempotent() {
        for value in UInt32(0)...0x2FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let skeleton = NameSkeleton.of(String(scalar))
            if NameSkeleton.of(skeleton) != skeleton { Issue.record("U+\(String(value, radix: 16)): \(skeleton)") }
        }
    }
}
