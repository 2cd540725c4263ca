/// The rule for names of objects, tight enough for every kind of store and every file system.
///
/// Components of ASCII letters, digits, `.`, `_` and `-`, joined by single slashes; none begins with a dot, so a key
/// can neither climb out of its root nor name a hidden file. At most 1024 bytes, 255 a component.
public enum StorageKey {
    /// Whether a text is a key.
    public static func isValid(_ key: String) -> Bool {
        guard (1...1024).contains(key.utf8.count) else { return false }
        return key.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isComponent($0) }
    }

    /// Makes sure that a text is a key.
    /// - Throws: ``StorageError/invalidKey(_:)``.
    static func check(_ key: String) throws(StorageError) {
        if !isValid(key) { throw .invalidKey(key) }
    }

    private static func isComponent(_ component: Substring) -> Bool {
        guard (1...255).contains(component.utf8.count), component.utf8.first != UInt8(ascii: ".") else { return false }
        return component.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
