/// The JSON of what clients know of a room besides its members, playback and chat.
struct RoomDocument: Encodable, Sendable {
    let id: String
    let name: String
    let ownerId: String
    let mode: RoomMode
    let visibility: RoomVisibility
    let slowModeSec: Int

    init(_ state: RoomState) {
        id = state.id
        name = state.settings.name
        ownerId = state.settings.ownerID
        mode = state.settings.mode
        visibility = state.settings.visibility
        slowModeSec = state.settings.slowModeSeconds
    }
}

/// The JSON of a member, without secrets, addresses and nodes.
struct MemberDocument: Encodable {
    let id: String
    let name: String
    let role: MemberRole
    let guest: Bool
    let userId: String?
    let away: Bool
    let ready: Bool
    let mutedUntil: Int64?

    init(_ member: Member) {
        id = member.id
        name = member.name
        role = member.role
        guest = member.userID == nil
        userId = member.userID
        away = !member.isHere
        ready = member.isReady
        mutedUntil = member.mutedUntil
    }
}

/// The fields of `state`: the JSON of the playback.
struct PlaybackDocument: Encodable {
    let rev: Int64
    let phase: Phase
    let videoId: String
    let title: String
    let durationMs: Int64
    let pos: Int64
    let at: Int64
    let rate: Double
    let reason: ChangeReason
    let by: String?
    let resumeTo: Phase?
    let deadline: Int64?
    let pending: [String]?
    let pendingCount: Int?

    init(_ state: RoomState) { self.init(state.playback, pending: state.pending) }

    init(_ playback: RoomPlayback, pending: [String]) {
        rev = playback.revision
        phase = playback.phase
        videoId = playback.video.id
        title = playback.video.title
        durationMs = playback.video.duration
        pos = playback.anchor.position
        at = playback.anchor.at
        rate = playback.anchor.rate
        reason = playback.reason
        by = playback.by
        resumeTo = playback.wait?.resumeTo
        deadline = playback.wait?.deadline
        let awaited = playback.wait.map { _ in Awaited(pending) }
        self.pending = awaited?.named
        pendingCount = awaited?.count
    }
}

/// The fields of `sync`.
struct SyncDocument: Encodable {
    let rev: Int64
    let phase: Phase
    let pos: Int64
    let at: Int64
    let rate: Double

    init(_ playback: RoomPlayback) {
        rev = playback.revision
        phase = playback.phase
        pos = playback.anchor.position
        at = playback.anchor.at
        rate = playback.anchor.rate
    }
}

/// The awaited members as clients see them: the first ids, and the total if there are more.
struct Awaited {
    let named: [String]
    let count: Int?

    init(_ pending: [String]) {
        named = Array(pending.prefix(RoomLimits.namedPending))
        count = pending.count > named.count ? pending.count : nil
    }
}

/// Who is waited for, and how long at most.
struct WaitDocument: Encodable {
    let rev: Int64
    let deadline: Int64
    let pending: [String]
    let pendingCount: Int?

    init(revision: Int64, deadline: Int64, pending: [String]) {
        let awaited = Awaited(pending)
        (rev, self.deadline, self.pending, pendingCount) = (revision, deadline, awaited.named, awaited.count)
    }

    /// Whether it has to be sent after another one. A change of the count alone does not: in a large room it changes all the
    /// time.
    func isNewer(than other: WaitDocument?) -> Bool {
        (rev, deadline) != other.map { ($0.rev, $0.deadline) } ?? (-1, -1) || pending != other?.pending
    }
}

/// The JSON of a ban, without addresses.
struct BanDocument: Encodable {
    let memberId: String
    let name: String
    let guest: Bool
    let userId: String?
    let by: String
    let since: Int64
    let until: Int64

    init(_ ban: Ban) {
        memberId = ban.member
        name = ban.name
        guest = ban.userID == nil
        userId = ban.userID
        by = ban.by
        since = ban.since
        until = ban.until
    }
}

/// The fields of `member.leave`.
struct DepartureDocument: Encodable {
    let memberId: String
    let reason: LeaveReason
    let words: String?
}
