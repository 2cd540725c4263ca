internal import Ground
internal import NIOHTTP1
internal import Rooms

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The opening handshake of a room's WebSocket (RFC 6455 section 4.2.1): `GET /v1/rooms/{id}/ws` with `Upgrade: websocket`.
enum SocketHandshake {
    /// The path as routes and metrics name it.
    static let route = "/v1/rooms/{id}/ws"

    /// Whether a head makes its connection a WebSocket on a server that has these names.
    ///
    /// Everything that is refused here is answered by the route as an ordinary request.
    static func isAccepted(_ head: HTTPRequestHead, _ hosts: AllowedHosts) -> Bool {
        isValid(head) && head.headers["Host"].first.flatMap { HostName($0) }.map(hosts.allows) ?? false
            && head.headers["Origin"].allSatisfy(hosts.allowsChanges(from:))
    }

    /// Whether a head is a complete handshake for a room's WebSocket.
    static func isValid(_ head: HTTPRequestHead) -> Bool {
        let headers = head.headers
        guard head.method == .GET, head.version == .http1_1, room(in: head.uri) != nil, headers["Host"].count == 1,
            // A proxy that does not know of the upgrade would go on reading requests.
            has("upgrade", in: "Connection", headers), has("websocket", in: "Upgrade", headers),
            headers["Sec-WebSocket-Version"] == ["13"],
            // The bytes behind the head are frames, never a body.
            !headers.contains(name: "Transfer-Encoding"), headers["Content-Length"].allSatisfy({ $0 == "0" })
        else { return false }
        let keys = headers["Sec-WebSocket-Key"]
        return keys.count == 1 && Data(base64Encoded: keys[0])?.count == 16
    }

    /// The identifier of the room in a request's target; `nil` for every other target.
    static func room(in target: String) -> String? {
        let parts = target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "v1", parts[2] == "rooms", parts[4] == "ws" else {
            return nil
        }
        let room = String(parts[3])
        return Identifier.isValid(room, prefix: .room) ? room : nil
    }

    private static func has(_ word: String, in field: String, _ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: field].contains { $0.lowercased() == word }
    }
}
