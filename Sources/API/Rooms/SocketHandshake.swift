internal import NIOHTTP1

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a request must have so that its connection becomes a WebSocket (RFC 6455 section 4.2.1), beyond what the framework
/// looks at.
enum SocketHandshake {
    /// Why a request is not answered with a socket; `nil` if it is.
    static func refusal(of head: HTTPRequestHead, _ hosts: AllowedHosts) -> Problem? {
        guard isValid(head), let host = head.headers["Host"].first.flatMap({ HostName($0) }) else {
            return .upgradeRequired
        }
        guard hosts.allows(host) else { return .unknownHost }
        let isOurs = head.headers["Origin"].allSatisfy(hosts.allowsChanges(from:))
        return isOurs ? nil : .originNotAllowed
    }

    /// Whether a request is one for a room's socket.
    static func isValid(_ head: HTTPRequestHead) -> Bool {
        guard head.method == .GET, head.version == .http1_1, SocketPath.room(in: head.uri) != nil,
            head.headers["Host"].count == 1
        else { return false }
        // A proxy that does not know of the upgrade would go on reading requests.
        let tokens = head.headers[canonicalForm: "Connection"]
        guard tokens.contains(where: { $0.lowercased() == "upgrade" }) else { return false }
        let keys = head.headers["Sec-WebSocket-Key"]
        return keys.count == 1 && Data(base64Encoded: keys[0])?.count == 16
    }
}
