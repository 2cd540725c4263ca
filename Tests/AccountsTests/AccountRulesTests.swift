import Testing

@testable import Accounts

@Suite("Rules for e-mail addresses, names and passwords")
struct AccountRulesTests {
    @Test(
        "E-mail addresses that browsers accept are valid",
        arguments: [
            "a@b", "ada@example.org", "a.b+c@x-y.example", "!#$%&'*+/=?^_`{|}~-@example.org", "A@B.C",
            String(repeating: "a", count: 64) + "@example.org",
        ])
    func emails(text: String) {
        #expect(AccountRules.isEmail(text))
    }

    @Test(
        "E-mail addresses that browsers refuse are invalid",
        arguments: [
            "", "@", "a", "a@", "@b", "a@b@c", "a b@c", "a@b..c", "a@.b", "a@b.", "a@-b.c", "a@b-.c", "a@b_c.d",
            "ü@example.org", "a@exämple.org", "a@b\n", "a@b\0", "\"a\"@b.c", "a,b@c.d",
            String(repeating: "a", count: 65) + "@example.org", "a@" + String(repeating: "b", count: 64),
            "a@" + Array(repeating: "example", count: 40).joined(separator: "."),
        ])
    func notEmails(text: String) {
        #expect(!AccountRules.isEmail(text))
    }

    @Test("Valid names", arguments: ["abc", "Ada_Lovelace", "a-b.c", "0xf", String(repeating: "a", count: 32)])
    func usernames(text: String) {
        #expect(AccountRules.isUsername(text))
    }

    @Test(
        "Invalid names",
        arguments: [
            "", "ab", "_abc", "-abc", ".abc", "a b", "a@b", "аda", "ada\n", "../x", String(repeating: "a", count: 33),
        ])
    func notUsernames(text: String) {
        #expect(!AccountRules.isUsername(text))
    }

    @Test(
        "The length of a password is counted in characters and not in bytes",
        arguments: ["12345678", "pässwörd", "🎬🎬🎬🎬🎬🎬🎬🎬", "   spaces   ", String(repeating: "🎬", count: 128)])
    func passwords(text: String) {
        #expect(AccountRules.isPassword(text, email: "ada@example.org", username: "ada"))
    }

    @Test(
        "Invalid passwords",
        arguments: ["", "1234567", "ADA@example.org", "adalovelace", String(repeating: "a", count: 129)])
    func notPasswords(text: String) {
        #expect(!AccountRules.isPassword(text, email: "ada@example.org", username: "AdaLovelace"))
    }
}
