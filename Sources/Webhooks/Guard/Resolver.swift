public import NIOCore
internal import NIOPosix

/// Finds the addresses of a host. One lookup a delivery: the address that was judged is the one that is connected to.
public struct Resolver: Sendable {
    let addresses: @Sendable (_ host: String, _ port: Int) async throws -> [SocketAddress]

    /// A resolver that asks `addresses`.
    public init(addresses: @escaping @Sendable (_ host: String, _ port: Int) async throws -> [SocketAddress]) {
        self.addresses = addresses
    }

    /// The system's, which answers with the address that it would connect to first.
    public static let system = Resolver { host, port in
        // The C library's lookup blocks.
        [try await NIOThreadPool.singleton.runIfActive { try SocketAddress.makeAddressResolvingHost(host, port: port) }]
    }
}
