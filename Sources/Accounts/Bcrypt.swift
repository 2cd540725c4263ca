internal import CCrypt

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// bcrypt of libxcrypt (`crypt(5)`, prefix `$2b$`). Each call blocks; the cost decides how long.
enum Bcrypt {
    /// The allowed costs; each step doubles the time.
    static let costs = 4...20

    /// Hashes a key with a new salt.
    /// - Parameters:
    ///   - key: At most 72 bytes, none of them 0; bcrypt ignores what follows.
    ///   - cost: A value of ``costs``.
    /// - Returns: 60 characters, or `nil` if the key or the cost is not allowed.
    static func hash(_ key: String, cost: Int) -> String? {
        guard costs.contains(cost) else { return nil }
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<16).map { _ in CChar(bitPattern: UInt8.random(in: 0...255, using: &random)) }
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        guard crypt_gensalt_rn("$2b$", UInt(cost), bytes, Int32(bytes.count), &setting, Int32(setting.count)) != nil
        else { return nil }
        return setting.withUnsafeBufferPointer { $0.baseAddress.flatMap { digest(key, setting: $0) } }
    }

    /// Whether a key belongs to a hash; the time does not depend on the result.
    static func verify(_ key: String, against hash: String) -> Bool {
        guard cost(of: hash) != nil, let digest = digest(key, setting: hash) else { return false }
        return equalInConstantTime(digest, hash)
    }

    /// The cost that a hash was made with; `nil` if the text is not a `$2b$` hash with a cost of ``costs``.
    static func cost(of hash: String) -> Int? {
        let characters = Array(hash.utf8)
        guard characters.count == 60, hash.hasPrefix("$2b$"), characters[6] == UInt8(ascii: "$"),
            let cost = Int(String(decoding: characters[4..<6], as: UTF8.self)), costs.contains(cost)
        else { return nil }
        return cost
    }

    /// A hash that no key belongs to and that takes as long to check as a real one.
    static func impossibleHash(cost: Int) -> String {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        return "$2b$\(digits)$" + String(repeating: "A", count: 21) + "." + String(repeating: "A", count: 31)
    }

    /// The hash of a key with the cost and the salt of a setting, which may be a hash; `nil` if either is not allowed.
    static func digest(_ key: String, setting: UnsafePointer<CChar>) -> String? {
        guard key.utf8.count <= 72, !key.utf8.contains(0) else { return nil }
        let size = MemoryLayout<crypt_data>.size
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer {
            // It contains the key and the state of the algorithm.
            explicit_bzero(scratch, size)
            scratch.deallocate()
        }
        guard let text = crypt_rn(key, setting, scratch, Int32(size)) else { return nil }
        return String(cString: text)
    }

    private static func equalInConstantTime(_ first: String, _ second: String) -> Bool {
        let first = Array(first.utf8)
        let second = Array(second.utf8)
        guard first.count == second.count else { return false }
        var difference: UInt8 = 0
        for index in first.indices { difference |= first[index] ^ second[index] }
        return difference == 0
    }
}
