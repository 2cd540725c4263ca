/// Notices a member's player that is not where the room is.
struct DriftWatch: Sendable {
    /// Once is enough beyond this.
    private static let far: Int64 = 3_000
    /// Twice in a row beyond this.
    private static let near: Int64 = 1_000
    /// After a change players take a while to follow.
    private static let settling: Int64 = 1_500
    /// Shortest time between two corrections.
    private static let pause: Int64 = 2_000

    private var revision: Int64 = 0
    private var wasOff = false
    private var correctedAt: Int64?

    /// Looks at a report.
    /// - Parameters:
    ///   - status: What the player says.
    ///   - playback: What the room does.
    ///   - roundTrip: The connection's; the report is half of it old.
    /// - Returns: Whether the member has to be told where the room is.
    mutating func isOff(_ status: PlayerStatus, _ playback: RoomPlayback, roundTrip: Int64, at now: Int64) -> Bool {
        if revision != playback.revision { (revision, wasOff) = (playback.revision, false) }
        guard status.state == .playing || status.state == .paused,
            playback.phase == .playing || playback.phase == .paused,
            now - playback.anchor.at >= Self.settling
        else {
            wasOff = false
            return false
        }
        let difference = abs(playback.position(at: now - roundTrip / 2) - status.position)
        let isFar = difference > Self.far
        let isOffAgain = difference > Self.near && wasOff
        wasOff = difference > Self.near
        guard isFar || isOffAgain, correctedAt.map({ now - $0 >= Self.pause }) ?? true else { return false }
        correctedAt = now
        wasOff = false
        return true
    }
}
