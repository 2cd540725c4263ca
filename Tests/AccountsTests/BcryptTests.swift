import Testing

@testable import Accounts

@Suite("bcrypt")
struct BcryptTests {
    @Test(
        "Hashes equal the published test vectors",
        arguments: [
            // From the test vectors of Openwall's crypt_blowfish.
            ("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("U*U*", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
            ("U*U*U", "$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
            ("", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        ])
    func vectors(key: String, hash: String) {
        #expect(Bcrypt.verify(key, against: hash))
        #expect(!Bcrypt.verify(key + "x", against: hash))
    }

    @Test("A new hash has its own salt and the given cost, and matches only its key", arguments: [4, 5])
    func hashing(cost: Int) throws {
        let first = try #require(Bcrypt.hash("key", cost: cost))
        let second = try #require(Bcrypt.hash("key", cost: cost))
        #expect(first != second)
        #expect(Bcrypt.cost(of: first) == cost)
        #expect(Bcrypt.verify("key", against: first) && Bcrypt.verify("key", against: second))
        #expect(!Bcrypt.verify("Key", against: first))
    }

    @Test("Keys that bcrypt would truncate are refused", arguments: [String(repeating: "x", count: 73), "a\0b"])
    func cutKeys(key: String) {
        #expect(Bcrypt.hash(key, cost: 4) == nil)
    }

    @Test("Costs out of range are refused", arguments: [-1, 0, 3, 21, 31, 100])
    func costs(cost: Int) {
        #expect(Bcrypt.hash("key", cost: cost) == nil)
    }

    @Test(
        "A text that is not a hash matches no key",
        arguments: [
            "", "*0", "$2b$", "$1$salt$abc", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWN",
            "$2b$05!CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
            "$2b$05$!CCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
        ])
    func broken(hash: String) {
        #expect(!Bcrypt.verify("", against: hash))
    }

    @Test("Checking the decoy takes as long as checking a hash, and no key matches it")
    func decoy() throws {
        let decoy = Bcrypt.impossibleHash(cost: 12)
        #expect(decoy.utf8.count == 60)
        #expect(Bcrypt.cost(of: decoy) == 12)
        // bcrypt either does the whole work of a cost or refuses the setting. With the decoy's setting it computes a
        // hash with this cost and this salt, which the key matches.
        let cheap = Bcrypt.impossibleHash(cost: 7)
        let real = try #require(Bcrypt.digest("other", setting: cheap))
        #expect(Bcrypt.cost(of: real) == 7 && real.prefix(29) == cheap.prefix(29))
        #expect(Bcrypt.verify("other", against: real) && !Bcrypt.verify("another", against: real))
        // The last character of a hash has four bits: there are 16 possible characters, and `A` is not one of them.
        #expect(cheap.last == "A" && !Bcrypt.verify("other", against: cheap))
    }

    @Test("Every character of a long password matters; its Unicode normal form does not")
    func scheme() {
        let long = String(repeating: "x", count: 127)
        #expect(PasswordScheme.key(long + "a") != PasswordScheme.key(long + "b"))
        #expect(PasswordScheme.key("a\0b") != PasswordScheme.key("a\0c"))
        #expect(PasswordScheme.key("caf\u{E9}") == PasswordScheme.key("cafe\u{301}"))
        #expect(PasswordScheme.key("\u{AC01}") == PasswordScheme.key("\u{AC00}\u{11A8}"))
        #expect(PasswordScheme.key("\u{AC01}") == PasswordScheme.key("\u{1100}\u{1161}\u{11A8}"))
        #expect(PasswordScheme.key("\u{AC01}\u{11A8}") != PasswordScheme.key("\u{AC01}"))
        // base64(SHA-256("correct horse")), computed by openssl.
        #expect(PasswordScheme.key("correct horse") == "QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE=")
        #expect(PasswordScheme.key("correct horse").utf8.count == 44)
    }
}

@Suite("Hashing passwords")
struct PasswordHasherTests {
    @Test("A request that has waited too long for a thread is refused when one becomes free")
    func longestWait() async {
        let hasher = PasswordHasher(cost: 10, threads: 1, queue: 64, longestWait: .zero)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<12 {
                group.addTask { (try? await hasher.hash("wrong", for: .init(group: "\(number)"))) != nil }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.contains(true) && outcomes.contains(false))
        await hasher.shutdown()
    }
}
