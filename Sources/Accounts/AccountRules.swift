internal import Ground

/// What addresses, names and passwords have to look like.
enum AccountRules {
    /// Characters of a password, counted as Unicode scalars.
    static let passwordLength = 8...128
    /// More bytes than any allowed password or address can have; longer input is not looked at.
    static let inputLimit = 1024

    /// Whether an address has the form of the HTML standard's `input type=email`: what browsers let through.
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

    /// Whether a password is long enough, short enough and not simply the address or the name.
    static func isPassword(_ text: String, email: String, username: String) -> Bool {
        guard text.utf8.count <= inputLimit, passwordLength.contains(text.unicodeScalars.count) else { return false }
        return ![email, username].contains { $0.lowercased() == text.lowercased() }
    }
}
