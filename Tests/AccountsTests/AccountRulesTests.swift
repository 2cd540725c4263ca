import Testing

@testable import Accounts

@Suite("Rules of addresses, names and passwords")
struct AccountRulesTests {
    @Test(
        "Addresses that browsers accept",
        arguments: [
            "a@b", "ada@example.org", "a.b+c@x-y.example", "!#$%&'*+/=?^_`{|}~-@example.org", "A@B.C",
            String(repeating: "a", count: 64) + "@example.org",
        ])
    func emails(text: String) {
        #expect(AccountRules.isEmail(text))
    }

    @Test(
        "Addresses that they do not",
        arguments: [
            "", "@", "a", "a@", "@b", "a@b@c", "a b@c", "a@b..c", "a@.b", "a@b.", "a@-b.c", "a@b-.c", "a@b_c.d",
            "ü@example.org", "a@exämple.org", "a@b\n", "a@b\0", "\"a\"@b.c", "a,b@c.d",
            String(repeating: "a", count: 65) + "@example.org", "a@" + String(repeating: "b", count: 64),
            "a@" + Array(repeating: "example", count: 40).joined(separator: "."),
        ])
    func notEmails(text: String) {
        #expect(!AccountRules.isEmail(text))
    }

    @Test("Names", arguments: ["abc", "Ada_Lovelace", "a-b.c", "0xf", String(repeating: "a", count: 32)])
    func usernames(text: String) {
        #expect(AccountRules.isUsername(text))
    }

    @Test(
        "Not names",
        arguments: [
            "", "ab", "_abc", "-abc", ".abc", "a b", "a@b", "аda", "ada\n", "../x", String(repeating: "a", count: 33),
        ])
    func notUsernames(text: String) {
        #expect(!AccountRules.isUsername(text))
    }

    @Test(
        "Passwords count characters and not bytes",
        arguments: ["12345678", "pässwörd", "🎬🎬🎬🎬🎬🎬🎬🎬", "   spaces   ", String(repeating: "🎬", count: 128)])
    func passwords(text: String) {
        #expect(AccountRules.isPassword(text, email: "ada@example.org", username: "ada"))
    }

    @Test(
        "Not passwords",
        arguments: ["", "1234567", "ADA@example.org", "adalovelace", String(repeating: "a", count: 129)])
    func notPasswords(text: String) {
        #expect(!AccountRules.isPassword(text, email: "ada@example.org", username: "AdaLovelace"))
    }
}
