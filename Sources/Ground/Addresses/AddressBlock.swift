#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What one client can be expected to have of the internet's addresses: what is counted where a limit is "an address".
public enum AddressBlock {
    /// The block of an address: an IPv4 address itself, also where it is written as an IPv6 one (`::ffff:192.0.2.1`);
    /// of an IPv6 address its `/64`, in which a subscriber may take any address; any other text itself.
    /// - Parameter address: A numeric address as sockets name it; a zone (`%eth0`) does not count.
    public static func of(_ address: String) -> String {
        let text = String(address.prefix { $0 != "%" })
        guard let bytes = parsed(text) else { return address }
        if bytes.starts(with: mapped) { return bytes[12...].map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "::/64"
    }

    /// The network that an address belongs to, of which somebody may have all blocks for little: of IPv6 the `/48`; else the
    /// block.
    public static func network(of address: String) -> String {
        let block = of(address)
        guard block.hasSuffix("::/64") else { return block }
        return block.split(separator: ":").prefix(3).joined(separator: ":") + "::/48"
    }

    /// Whether an address is this machine's own: that of a proxy that is not known to be one, or of an operator.
    public static func isLoopback(_ address: String) -> Bool {
        let block = of(address)
        return block.hasPrefix("127.") || (parsed(address)?.elementsEqual(loopback) ?? false)
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    private static let loopback = [UInt8](repeating: 0, count: 15) + [1]

    /// The 16 bytes of an IPv6 address.
    private static func parsed(_ text: String) -> [UInt8]? {
        guard text.utf8.contains(UInt8(ascii: ":")) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        return unsafe inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }
}
