import Catalog
import Testing

@testable import Rooms

/// A room and a clock that the test holds.
struct Scene {
    var room: Room
    var now: Int64 = 1_000_000
    private(set) var events: [RoomEvent] = []

    init(mode: RoomMode = .everyone, slowMode: Int = 0, duration: Int64 = 600_000) {
        room = Room(
            RoomState(
                id: "room_1", epoch: "e",
                settings: RoomSettings(name: "Film", ownerID: "usr_owner", mode: mode, slowModeSeconds: slowMode),
                video: RoomVideo(id: "vid_1", title: "A film", duration: duration), at: 1_000_000))
    }

    var state: RoomState { room.state }
    var playback: RoomPlayback { room.state.playback }
    var position: Int64 { playback.position(at: now) }

    /// Carries a command out and keeps its events.
    @discardableResult
    mutating func apply(_ command: RoomCommand) throws(RoomFault) -> String? {
        defer { events += room.takeEvents().map(\.event) }
        return try room.apply(command, at: now)
    }

    /// - Parameters:
    ///   - address: Where from; each name has its own unless said otherwise.
    ///   - key: By which a guest is known again.
    ///   - shown: What the name is; that of the test otherwise.
    mutating func join(
        _ name: String, user: String? = nil, roundTrip: Int64 = 20, address: String? = nil, key: String? = nil,
        shown: String? = nil, node: String = "n1", isNameTaken: Bool = false, limit: Int? = nil
    ) throws(RoomFault) {
        try apply(
            .join(
                JoinRequest(
                    id: "mem_" + name, name: shown ?? name, userID: user, secretDigest: "digest",
                    origin: Origin(address: address ?? "at " + name, guestKey: key),
                    attachment: Attachment(node: node, connection: "con_" + name), roundTrip: roundTrip,
                    isNameTaken: isNameTaken,
                    addressLimit: limit)))
    }

    /// Members who have loaded what is played.
    mutating func ready(_ names: String..., roundTrip: Int64 = 20) throws {
        for name in names {
            try apply(.ready(member: "mem_" + name, revision: playback.revision, roundTrip: roundTrip))
        }
    }

    mutating func control(_ control: PlaybackControl, by name: String, base: Int64? = nil) throws(RoomFault) {
        try apply(.control(member: "mem_" + name, control, base: base))
    }

    /// Lets time pass; what becomes due happens when it does.
    mutating func pass(_ milliseconds: Int64) throws {
        let end = now + milliseconds
        while let due = room.nextDeadline, due <= end {
            now = max(now, due)
            try apply(.tick)
        }
        now = end
    }

    func member(_ name: String) throws -> Member { try #require(state.members["mem_" + name]) }
    mutating func forgetEvents() { events = [] }
}
