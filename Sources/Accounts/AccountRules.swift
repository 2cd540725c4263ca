internal import Ground

/// The rules for e-mail addresses, names and passwords.
enum AccountRules {
    /// Characters of a password, counted as Unicode scalars.
    static let passwordLength = 8...128
    /// Maximum number of bytes of input that is examined; no valid password or address has as many.
    static let inputLimit = 1024

    /// Whether an address has the form that the HTML standard defines for `input type=email`.
    static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, (1...64).contains(parts[0].utf8.count) else { return false }
        let signs = Array(".!#$%&'*+/=?^_`{|}~-".utf8)
        guard parts[0].utf8.allSatisfy({ $0.isASCIILetterOrDigit || signs.contains($0) }) else { return false }
        return parts[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "-") }
        }
    }

    /// Whether a name has 3 to 32 ASCII letters, digits, `_`, `-` or `.` and begins with a letter or digit.
    static func isUsername(_ text: String) -> Bool {
        guard (3...32).contains(text.utf8.count), let first = text.utf8.first, first.isASCIILetterOrDigit else {
            return false
        }
        return text.utf8.allSatisfy { $0.isASCIILetterOrDigit || "_-.".utf8.contains($0) }
    }

    /// Whether a password has an allowed length and is neither the address nor the name.
    static func isPassword(_ text: String, email: String, username: String) -> Bool {
        guard text.utf8.count <= inputLimit, passwordLength.contains(text.unicodeScalars.count) else { return false }
        return ![email, username].contains { $0.lowercased() == text.lowercased() }
    }
}
