/// A block of addresses, such as `10.0.0.0/8` or `fd00::/8`.
public struct Network: Sendable, Hashable {
    private let start: [UInt8]
    private let length: Int

    /// Reads an address with a prefix length after a slash; without one the block is that address alone.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        var length = address.bytes.count * 8
        if parts.count == 2 {
            guard let given = UInt8(parts[1]), Int(given) <= length else { return nil }
            length = Int(given)
        }
        self.init(address.bytes, length)
    }

    init(_ start: [UInt8], _ length: Int) {
        self.start = start
        self.length = length
    }

    /// Whether the block contains an address, which must be of the same version.
    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == start.count else { return false }
        return (0..<length).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return start[bit / 8] & mask == address.bytes[bit / 8] & mask
        }
    }
}
