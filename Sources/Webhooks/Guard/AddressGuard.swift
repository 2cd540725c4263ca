/// Decides which addresses deliveries may connect to: public ones, and networks that the operator permits.
public struct AddressGuard: Sendable {
    /// Networks that are permitted although they are not public, for tests and for receivers in the same network.
    public var allowed: [Network]

    /// A guard.
    public init(allowed: [Network] = []) { self.allowed = allowed }

    /// Whether a connection to an address may be made.
    public func allows(_ address: IPAddress) -> Bool {
        if allowed.contains(where: { $0.contains(address) }) { return true }
        if Self.closed.contains(where: { $0.contains(address) }) { return false }
        // An IPv6 address that contains an IPv4 address is judged by it, because a translator may unwrap it on the way.
        if let inner = Self.embedded(address) { return allows(inner) }
        return address.bytes.count == 4 || Self.global.contains(address)
    }

    private static func embedded(_ address: IPAddress) -> IPAddress? {
        let bytes = address.bytes
        guard bytes.count == 16 else { return nil }
        // Mapped (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056).
        if prefixed(bytes, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            || prefixed(bytes, [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        {
            return IPAddress(bytes: Array(bytes[12...]))
        }
        return prefixed(bytes, [0x20, 0x02]) ? IPAddress(bytes: Array(bytes[2..<6])) : nil
    }

    private static func prefixed(_ bytes: [UInt8], _ prefix: [UInt8]) -> Bool { bytes.starts(with: prefix) }

    /// The IPv6 block that global unicast addresses are assigned from.
    private static let global = Network([0x20] + [UInt8](repeating: 0, count: 15), 3)

    /// Blocks that are not globally reachable, by the registries of special-purpose addresses (RFC 6890 and its successors).
    private static let closed: [Network] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8",
    ].compactMap { Network($0) }
}
