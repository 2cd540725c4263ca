public import Accounts
internal import Catalog
internal import Logging
internal import NIOCore
internal import NIOHTTP1
public import Rooms
public import SQL

/// Lets clients into the rooms of this node.
public struct RoomEndpoint: Sendable {
    /// Most bytes of a message.
    static let frameLimit = 16 * 1024

    private let hub: RoomHub
    private let accounts: Accounts
    private let database: any Database
    private let trustedProxies: Int
    private let pace: SocketPace

    /// - Parameters:
    ///   - hub: This node's rooms; has to run beside the server.
    ///   - trustedProxies: How many reverse proxies of one's own each connection comes through.
    public init(hub: RoomHub, accounts: Accounts, database: any Database, trustedProxies: Int = 0) {
        self.hub = hub
        self.accounts = accounts
        self.database = database
        self.trustedProxies = trustedProxies
        pace = SocketPace()
    }

    /// The address of a socket's client: what a trusted proxy says, else where the connection comes from.
    func address(of socket: RoomServer.Socket, _ head: HTTPRequestHead) -> String {
        ForwardedAddress.client(head.headers["X-Forwarded-For"], behind: trustedProxies)
            ?? socket.channel.remoteAddress?.ipAddress ?? "unknown"
    }

    /// Serves a socket until it is closed.
    func serve(_ socket: RoomServer.Socket, _ head: HTTPRequestHead, _ logger: Logger) async {
        guard let room = SocketPath.room(in: head.uri) else { return }
        let connection = RoomConnection(hub: hub, room: room, address: address(of: socket, head)) {
            [accounts, database] token in
            guard let id = try await accounts.session(token) else { return nil }
            guard let user = try await database.read({ try Users.find(id: id, in: $0) }) else { return nil }
            return Identity(userID: user.id, name: user.username)
        }
        do {
            try await socket.executeThenClose { inbound, outbound in
                await RoomSocket(connection: connection, outbound: outbound, channel: socket.channel, pace: pace)
                    .run(inbound)
            }
        } catch {
            logger.debug("a socket has failed", metadata: ["room": "\(room)", "error": "\(error)"])
        }
        await connection.close()
    }
}

/// How long a socket may take for what.
struct SocketPace: Sendable {
    /// Time for the first message.
    var hello: Duration = .seconds(10)
    /// Time between two pings.
    var ping: Duration = .seconds(15)
    /// Time without a sign of life.
    var silence: Duration = .seconds(45)
    /// Time for a frame to be taken.
    var write: Duration = .seconds(10)
    /// Time between two looks at the session.
    var session: Duration = .seconds(60)
    /// Time for the client to close after the server did.
    var farewell: Duration = .seconds(2)
}
