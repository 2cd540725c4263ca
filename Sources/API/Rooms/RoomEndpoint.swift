public import Accounts
internal import Catalog
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOWebSocket
public import Rooms
public import SQL

/// Connects WebSockets of clients with the rooms of this node.
public struct RoomEndpoint: Sendable {
    /// An open WebSocket: frames in both directions.
    typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// The largest number of bytes of a message from a client.
    static let frameLimit = 16 * 1024

    private let hub: RoomHub
    private let accounts: Accounts
    private let database: any Database
    private let timeouts = SocketTimeouts()

    /// An endpoint for the rooms of one node.
    /// - Parameter hub: The node's rooms; has to run for as long as the server.
    public init(hub: RoomHub, accounts: Accounts, database: any Database) {
        self.hub = hub
        self.accounts = accounts
        self.database = database
    }

    /// Serves a WebSocket until it is closed.
    func serve(_ socket: Socket, _ request: SocketRequest) async {
        let connection = RoomConnection(hub: hub, room: request.room, address: request.context.remoteAddress) {
            [accounts, database] token in
            guard let id = try await accounts.session(token) else { return nil }
            guard let user = try await database.read({ try Users.find(id: id, in: $0) }) else { return nil }
            return Identity(userID: user.id, name: user.username)
        }
        do {
            try await socket.executeThenClose { inbound, outbound in
                await RoomSocket(
                    connection: connection, outbound: outbound, channel: socket.channel, timeouts: timeouts
                ).run(inbound)
            }
        } catch {
            request.context.logger.debug(
                "a socket has failed", metadata: ["room": "\(request.room)", "error": "\(error)"])
        }
        await connection.close()
    }

    /// Closes a WebSocket whose client has too many connections, before any message (1013: try again later).
    static func refuse(_ socket: Socket) async {
        try? await socket.executeThenClose { _, outbound in try await outbound.write(.closing(.unknown(1013))) }
    }
}

/// A request that has become a WebSocket.
struct SocketRequest: Sendable {
    /// The room in its path.
    let room: String
    /// Its id, its client's address and its logger.
    let context: APIContext
}

/// Times of one WebSocket.
struct SocketTimeouts: Sendable {
    /// Longest time until the first message.
    var hello: Duration = .seconds(10)
    /// Time between two pings.
    var ping: Duration = .seconds(15)
    /// Longest time without any frame of the client.
    var silence: Duration = .seconds(45)
    /// Longest time until the connection takes a frame.
    var write: Duration = .seconds(10)
    /// Time between two checks that the client's session is still valid.
    var session: Duration = .seconds(5)
    /// Longest time for the client to close after the server has sent its close frame.
    var close: Duration = .seconds(2)
}
