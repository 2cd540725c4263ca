internal import Ground

/// The rule for object keys, which are valid in every kind of store and file system.
///
/// A key consists of components of ASCII letters, digits, `.`, `_` and `-`, separated by single slashes. No component starts
/// with a dot, so a key cannot leave its root or name a hidden file. A key has at most 1024 bytes, a component at most 255.
public enum StorageKey {
    /// Whether a text is a valid key.
    public static func isValid(_ key: String) -> Bool {
        guard (1...1024).contains(key.utf8.count) else { return false }
        return key.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isComponent($0) }
    }

    /// Checks that a text is a valid key.
    /// - Throws: ``StorageError/invalidKey(_:)``.
    static func check(_ key: String) throws(StorageError) {
        if !isValid(key) { throw .invalidKey(key) }
    }

    private static func isComponent(_ component: Substring) -> Bool {
        guard (1...255).contains(component.utf8.count), component.utf8.first != UInt8(ascii: ".") else { return false }
        return component.utf8.allSatisfy { byte in
            byte.isASCIILetterOrDigit || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "-")
        }
    }
}
