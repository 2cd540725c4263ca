internal import Catalog
internal import Ground
internal import NIOCore
internal import Rooms

/// Where the sockets of rooms are: `GET /v1/rooms/{id}/ws`.
enum SocketPath {
    private static let before = Array("GET /v1/rooms/".utf8)
    private static let after = Array("/ws".utf8)
    private static let nameLength = Identifier.Prefix.room.text.utf8.count + 26

    /// What the first bytes of a connection say.
    enum Finding: Sendable, Hashable {
        /// Too few to tell.
        case more
        /// It asks for a room's socket.
        case socket
        /// It asks for something else.
        case other
    }

    /// Looks at the first bytes of a connection.
    static func look(at bytes: some Collection<UInt8>) -> Finding {
        var place = bytes.startIndex
        func matches(_ word: [UInt8]) -> Finding? {
            for byte in word {
                guard place < bytes.endIndex else { return .more }
                guard bytes[place] == byte else { return .other }
                place = bytes.index(after: place)
            }
            return nil
        }
        if let finding = matches(before) { return finding }
        guard let end = bytes.index(place, offsetBy: nameLength, limitedBy: bytes.endIndex) else {
            return bytes[place...].contains(UInt8(ascii: " ")) ? .other : .more
        }
        guard Identifier.isValid(String(decoding: bytes[place..<end], as: UTF8.self), prefix: .room) else {
            return .other
        }
        place = end
        if let finding = matches(after) { return finding }
        guard place < bytes.endIndex else { return .more }
        return bytes[place] == UInt8(ascii: " ") || bytes[place] == UInt8(ascii: "?") ? .socket : .other
    }

    /// The room in a request's target.
    static func room(in target: String) -> String? {
        let parts = target.prefix { $0 != "?" }.split(separator: "/")
        guard parts.count == 4, parts[0] == "v1", parts[1] == "rooms", parts[3] == "ws" else { return nil }
        let room = String(parts[2])
        return Identifier.isValid(room, prefix: .room) ? room : nil
    }
}
