public import NIOCore

/// Finds the addresses of a host. One lookup a delivery: the address that was judged is the one that is connected to.
public struct Resolver: Sendable {
    /// Looks a name up. May block for as long as it likes: ``NameLookups`` calls it on a thread that nobody else needs.
    let addresses: @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

    /// A resolver that asks `addresses`, which may block.
    public init(addresses: @escaping @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]) {
        self.addresses = addresses
    }

    /// The C library's, which answers with the address that it would connect to first.
    public static let system = Resolver { host, port in
        [try SocketAddress.makeAddressResolvingHost(host, port: port)]
    }
}
