import NIOHTTP1
import Testing

@testable import API

@Suite("Requests for a socket")
struct SocketHandshakeTests {
    private static func head(_ change: (inout HTTPRequestHead) -> Void = { _ in }) -> HTTPRequestHead {
        var head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/v1/rooms/room_01m88889578bdpm7s8mvpgx2td/ws",
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
    }
}
