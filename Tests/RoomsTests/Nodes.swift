import Catalog
import Foundation
import Ground
import Logging
import MediaModel
import Redis
import ServiceLifecycle
import Synchronization
import Testing

@testable import Rooms

/// Rooms and videos that a test has made.
final class FakeDirectory: RoomDirectory {
    private let rooms = Mutex<[String: RoomRecord]>([:])
    private let withdrawn = Mutex<Set<String>>([])
    private let count = Mutex(0)

    /// How often a room was looked up.
    var looks: Int { count.withLock { $0 } }

    init() {
        set(RoomRecord(id: "room_1", ownerID: "usr_owner", videoID: "vid_1", name: "Film", createdAt: 1))
    }

    func set(_ room: RoomRecord) { rooms.withLock { $0[room.id] = room } }
    func remove(_ id: String) { rooms.withLock { $0[id] = nil } }
    /// From now on the video may not be watched.
    func withdraw(_ video: String) { withdrawn.withLock { _ = $0.insert(video) } }

    func room(_ id: String) async throws -> RoomRecord? {
        count.withLock { $0 += 1 }
        return rooms.withLock { $0[id] }
    }

    func isAccountName(_ name: String) async throws -> Bool { NameSkeleton.of(name) == NameSkeleton.of("registered") }

    func video(_ id: String) async throws -> RoomVideo {
        guard id.hasPrefix("vid_"), !withdrawn.withLock({ $0.contains(id) }) else { throw RoomFault.videoNotFound }
        return RoomVideo(id: id, title: "A film", duration: 600_000)
    }

    func touch(_ room: String, video: String) async throws {}
}

/// A Redis server and nodes on it; everything is gone after the body.
struct Nodes: Sendable {
    let server: PrivateRedisServer
    let clients: [RedisClient]
    let hubs: [RoomHub]
    let directory: FakeDirectory

    var stores: [RedisRoomStore] { clients.map { RedisRoomStore($0) } }

    static func with(_ count: Int, guestsPerAddress: Int = 0, _ body: (Nodes) async throws -> Void) async throws {
        // A socket's path has little room.
        let folder = "/tmp/rooms-redis-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try await PrivateRedisServer.start(in: folder, logger: logger)
        let directory = FakeDirectory()
        var configuration = RedisClient.Configuration()
        configuration.patience = .seconds(10)
        configuration.commandTimeout = .seconds(20)
        let clients = (0..<count).map { _ in
            RedisClient(endpoint: server.endpoint, logger: logger, configuration: configuration)
        }
        let hubs = clients.enumerated().map { number, client in
            RoomHub(
                node: "n\(number)", store: RedisRoomStore(client), directory: directory,
                guestsPerAddress: guestsPerAddress, logger: logger)
        }
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup { group in
                for hub in hubs { group.addTask { try await hub.run() } }
                try await body(Nodes(server: server, clients: clients, hubs: hubs, directory: directory))
                group.cancelAll()
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        for client in clients { await client.shutdown() }
        await server.stop()
        try outcome.get()
    }

    func connect(_ node: Int, room: String = "room_1", from address: String = "192.0.2.1") -> Client {
        Client(hubs[node], room: room, address: address)
    }
}

/// What a client of a connection sees.
final class Client: Sendable {
    let connection: RoomConnection
    private let frames = Mutex<[String]>([])
    private let seen = Mutex(0)

    init(_ hub: RoomHub, room: String, address: String) {
        connection = RoomConnection(hub: hub, room: room, address: address) { token in
            token == "owner"
                ? Identity(userID: "usr_owner", name: "anna") : Identity(userID: "usr_\(token)", name: token)
        }
    }

    func send(_ text: String) async { await connection.receive(Array(text.utf8)) }

    /// The next frame that has this text in it; frames before it are passed over.
    @discardableResult
    func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        for await _ in timed(connection.session.signals) {
            while let output = connection.session.next() {
                switch output {
                case .frame(let bytes): frames.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
                case .close(let code): frames.withLock { $0.append("close \(code)") }
                case .catchUp(let sequence): await connection.catchUp(from: sequence)
                }
            }
            if let found = take(text) { return found }
        }
        Issue.record("no frame with \(text) among \(frames.withLock { $0 })", sourceLocation: sourceLocation)
        throw CancellationError()
    }

    /// All frames so far.
    var all: [String] { frames.withLock { $0 } }

    private func take(_ text: String) -> String? {
        frames.withLock { frames in
            seen.withLock { seen in
                guard let place = frames[seen...].firstIndex(where: { $0.contains(text) }) else { return nil }
                seen = place + 1
                return frames[place]
            }
        }
    }

    /// A look at once, at each signal, and no longer than a while.
    private func timed(_ signals: AsyncStream<Void>) -> AsyncStream<Void> {
        let (stream, send) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        send.yield()
        let relay = Task { for await _ in signals { send.yield() } }
        let clock = Task {
            // Signals that an earlier relay has taken are made up for by looking again.
            for _ in 0..<400 {
                try? await Task.sleep(for: .milliseconds(50))
                send.yield()
            }
            send.finish()
        }
        send.onTermination = { _ in
            relay.cancel()
            clock.cancel()
        }
        return stream
    }
}
