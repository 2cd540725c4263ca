internal import NIOCore

/// The client's address as reverse proxies hand it on (`X-Forwarded-For`).
///
/// Each proxy adds the address that it saw at the right end, so only as many entries from the right as there are proxies
/// of one's own can be believed; what stands left of them anybody may have written.
enum ForwardedAddress {
    /// The address that the outermost of so many proxies saw; `nil` if the header does not have it.
    /// - Parameters:
    ///   - values: The header's values, in order.
    ///   - proxies: How many proxies of one's own a request comes through; 0 believes nothing.
    static func client(_ values: [String], behind proxies: Int) -> String? {
        guard proxies > 0 else { return nil }
        // Only the right end counts; however much a client has put in front of it is not read.
        let end = values.joined(separator: ",").utf8.suffix(proxies * 64)
        let entries = String(decoding: end, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.filter { $0 != " " && $0 != "\t" } }
        guard entries.count >= proxies else { return nil }
        return try? SocketAddress(ipAddress: entries[entries.count - proxies], port: 0).ipAddress
    }
}
