internal import Crypto
internal import Ground
internal import NIOCore

/// Entity tags (RFC 9110 section 8.8.3).
enum EntityTag {
    /// The strong tag of some bytes.
    static func of(_ bytes: ByteBuffer) -> String {
        var hash = SHA256()
        hash.update(data: Array(bytes.readableBytesView))
        return quoted(hash.finalize())
    }

    /// The strong tag of an object that never changes, from its name and size.
    static func ofObject(key: String, size: Int64) -> String {
        quoted(SHA256.hash(data: Array("\(key)\n\(size)".utf8)))
    }

    /// Whether an `If-None-Match` names the tag; by the weak comparison that the field requires (RFC 9110 section 13.1.2).
    /// A list of more than 4096 bytes matches nothing.
    static func matches(_ fields: [String], _ tag: String) -> Bool {
        guard fields.reduce(0, { $0 + $1.utf8.count }) <= 4096 else { return false }
        return fields.contains { field in
            field.split(separator: ",").contains { element in
                let name = element.drop { $0.isWhitespace }
                let bare = name.hasPrefix("W/") ? name.dropFirst(2) : name
                let trimmed = String(bare.reversed().drop { $0.isWhitespace }.reversed())
                return trimmed == tag || trimmed == "*"
            }
        }
    }

    private static func quoted(_ digest: SHA256.Digest) -> String {
        "\"" + Hexadecimal.text(digest.prefix(12)) + "\""
    }
}
