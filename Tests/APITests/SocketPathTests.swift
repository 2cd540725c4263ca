import Testing

@testable import API

@Suite("Which connections are sockets")
struct SocketPathTests {
    private static let room = "room_01m88889578bdpm7s8mvpgx2td"

    @Test("The first bytes tell, however few come at a time")
    func firstBytes() {
        let whole = Array("GET /v1/rooms/\(Self.room)/ws HTTP/1.1\r\n".utf8)
        let needed = "GET /v1/rooms/\(Self.room)/ws ".utf8.count
        for count in 0..<needed { #expect(SocketPath.look(at: whole.prefix(count)) == .more) }
        for count in needed...whole.count { #expect(SocketPath.look(at: whole.prefix(count)) == .socket) }
        #expect(SocketPath.look(at: Array("GET /v1/rooms/\(Self.room)/ws?x=1 ".utf8)) == .socket)
    }

    @Test(
        "Everything else is a request as soon as it can be told",
        arguments: [
            "P", "GET /v1/v", "GET /v1/rooms HTTP/1.1", "GET /v1/rooms?limit=1 HTTP/1.1",
            "GET /v1/rooms/x HTTP/1.1\r\n",
            "GET /v1/rooms/\(room) HTTP/1.1", "GET /v1/rooms/\(room)/wsx", "GET /v1/rooms/\(room)/members",
            "GET /v1/rooms/room_01M88889578BDPM7S8MVPGX2TD/ws ", "POST /v1/rooms/\(room)/ws ",
            "GET  /v1/rooms/\(room)/ws ", "\u{0}",
        ])
    func others(text: String) {
        #expect(SocketPath.look(at: Array(text.utf8)) == .other)
    }

    @Test("The room is the one in the target")
    func target() {
        #expect(SocketPath.room(in: "/v1/rooms/\(Self.room)/ws?a=/b") == Self.room)
        for target in ["/v1/rooms/\(Self.room)", "/v1/rooms/x/ws", "/v2/rooms/\(Self.room)/ws", "", "/"] {
            #expect(SocketPath.room(in: target) == nil)
        }
    }
}
