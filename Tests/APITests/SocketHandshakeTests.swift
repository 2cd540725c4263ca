import NIOHTTP1
import Testing

@testable import API

@Suite("The handshake of a room's WebSocket")
struct SocketHandshakeTests {
    private static let room = "room_01m88889578bdpm7s8mvpgx2td"

    private static func head(_ change: (inout HTTPRequestHead) -> Void = { _ in }) -> HTTPRequestHead {
        var head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/v1/rooms/\(room)/ws",
            headers: [
                "Host": "example.org", "Connection": "keep-alive, Upgrade", "Upgrade": "websocket",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
            ])
        change(&head)
        return head
    }

    @Test("The RFC's own example is one, and each part of it is needed")
    func parts() {
        #expect(SocketHandshake.isValid(Self.head()))
        #expect(!SocketHandshake.isValid(Self.head { $0.version = .http1_0 }))
        #expect(!SocketHandshake.isValid(Self.head { $0.method = .POST }))
        #expect(!SocketHandshake.isValid(Self.head { $0.uri = "/v1/rooms/x/ws" }))
        #expect(!SocketHandshake.isValid(Self.head { $0.headers.remove(name: "Host") }))
        #expect(!SocketHandshake.isValid(Self.head { $0.headers.add(name: "Host", value: "other") }))
        #expect(!SocketHandshake.isValid(Self.head { $0.headers.replaceOrAdd(name: "Connection", value: "close") }))
        for key in ["", "c2hvcnQ=", "not base64!", "dGhlIHNhbXBsZSBub25jZQ"] {
            #expect(
                !SocketHandshake.isValid(Self.head { $0.headers.replaceOrAdd(name: "Sec-WebSocket-Key", value: key) }))
        }
        for protocols in ["h2c", "websockets", ""] {
            #expect(!SocketHandshake.isValid(Self.head { $0.headers.replaceOrAdd(name: "Upgrade", value: protocols) }))
        }
        #expect(
            SocketHandshake.isValid(Self.head { $0.headers.replaceOrAdd(name: "Upgrade", value: "h2c, WebSocket") }))
        for version in ["12", "13, 8", ""] {
            #expect(
                !SocketHandshake.isValid(
                    Self.head { $0.headers.replaceOrAdd(name: "Sec-WebSocket-Version", value: version) }))
        }
    }

    @Test("A handshake has no body")
    func body() {
        #expect(SocketHandshake.isValid(Self.head { $0.headers.add(name: "Content-Length", value: "0") }))
        #expect(!SocketHandshake.isValid(Self.head { $0.headers.add(name: "Content-Length", value: "5") }))
        #expect(!SocketHandshake.isValid(Self.head { $0.headers.add(name: "Transfer-Encoding", value: "chunked") }))
    }

    @Test(
        "Every other target is that of a request",
        arguments: [
            "", "/", "/v1/v", "/v1/rooms", "/v1/rooms?limit=1", "/v1/rooms/x", "/v1/rooms/x/ws", "/v1/rooms/\(room)",
            "/v1/rooms/\(room)/wsx", "/v1/rooms/\(room)/ws/", "/v1/rooms/\(room)/members", "/v2/rooms/\(room)/ws",
            "/v1/rooms/room_01M88889578BDPM7S8MVPGX2TD/ws", "//v1/rooms/\(room)/ws", "v1/rooms/\(room)/ws",
        ])
    func others(target: String) {
        #expect(SocketHandshake.room(in: target) == nil)
        #expect(!SocketHandshake.isValid(Self.head { $0.uri = target }))
    }

    @Test("The room is the one in the target")
    func target() {
        #expect(SocketHandshake.room(in: "/v1/rooms/\(Self.room)/ws?a=/b") == Self.room)
        #expect(SocketHandshake.room(in: "/v1/rooms/\(Self.room)/ws") == Self.room)
    }

    @Test("A server accepts handshakes for its hosts, and on a server for this machine alone only from its own pages")
    func hosts() throws {
        let local = try #require(AllowedHosts([], listeningOn: "127.0.0.1", isBehindProxies: false))
        #expect(SocketHandshake.isAccepted(Self.head(), .any))
        #expect(!SocketHandshake.isAccepted(Self.head(), local))
        func accepted(from origin: String?) -> Bool {
            let head = Self.head {
                $0.headers.replaceOrAdd(name: "Host", value: "localhost:8080")
                if let origin { $0.headers.add(name: "Origin", value: origin) }
            }
            return SocketHandshake.isAccepted(head, local)
        }
        #expect(accepted(from: nil) && accepted(from: "http://localhost:8080"))
        #expect(!accepted(from: "https://evil.example") && !accepted(from: "null"))
    }
}
