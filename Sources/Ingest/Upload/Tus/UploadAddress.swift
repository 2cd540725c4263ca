import Crypto
import Ground

/// The part of an upload's URL that names it and opens it: its id and the secret that stands for its owner.
///
/// The secret lets a client go on after its session has ended, for as long as the upload lives. Only its SHA-256 is
/// stored.
public struct UploadAddress: Sendable, Hashable, CustomStringConvertible {
    /// The upload's id.
    public let id: String
    /// 256 random bits in base64url.
    public let token: String

    /// The address of a known upload.
    public init(id: String, token: String) {
        self.id = id
        self.token = token
    }

    /// Reads the last part of a URL's path; `nil` if it cannot be one.
    public init?(component: some StringProtocol) {
        let halves = component.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].hasPrefix("upl_"), (5...64).contains(halves[0].utf8.count),
            (32...64).contains(halves[1].utf8.count),
            component.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            })
        else { return nil }
        id = String(halves[0])
        token = String(halves[1])
    }

    /// Reads an absolute or relative URL whose path ends in an address.
    public init?(url: String) {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let last = path.split(separator: "/", omittingEmptySubsequences: false).last else { return nil }
        self.init(component: last)
    }

    /// The last part of the upload's URL. Gives access: keep it out of logs.
    public var component: String { "\(id).\(token)" }

    /// The id alone, so that printing it gives nothing away.
    public var description: String { id }

    /// What is stored instead of the secret: the SHA-256 of it in hex.
    public var tokenHash: String { Self.hash(of: token) }

    /// Whether `stored` is the hash of this secret; takes the same time wherever they differ.
    public func opens(tokenHash stored: String) -> Bool {
        let mine = Array(tokenHash.utf8)
        let theirs = Array(stored.utf8)
        guard mine.count == theirs.count else { return false }
        return zip(mine, theirs).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hash(of token: String) -> String {
        Hexadecimal.text(SHA256.hash(data: Array(token.utf8)))
    }
}
