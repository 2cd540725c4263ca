/// Detects that a member's player is not where the room is.
struct DriftDetector: Sendable {
    /// A difference beyond this is corrected at once.
    private static let large: Int64 = 3_000
    /// A difference beyond this is corrected if two reports in a row have it.
    private static let small: Int64 = 1_000
    /// How long players may take to follow a change.
    private static let settling: Int64 = 1_500
    /// The shortest time between two corrections.
    private static let pause: Int64 = 2_000

    private var revision: Int64 = 0
    private var wasOff = false
    private var correctedAt: Int64?

    /// Compares a report with the room.
    /// - Parameters:
    ///   - status: The player's report.
    ///   - playback: The room's playback.
    ///   - roundTrip: The connection's round trip; the report is half of it old.
    /// - Returns: Whether the player has to be sent the room's position.
    mutating func hasDrifted(
        _ status: PlayerStatus, _ playback: RoomPlayback, roundTrip: Int64, at now: Int64
    ) -> Bool {
        if revision != playback.revision { (revision, wasOff) = (playback.revision, false) }
        guard status.state == .playing || status.state == .paused,
            playback.phase == .playing || playback.phase == .paused,
            now - playback.anchor.at >= Self.settling
        else {
            wasOff = false
            return false
        }
        let difference = abs(playback.position(at: now - roundTrip / 2) - status.position)
        let isOffAgain = difference > Self.small && wasOff
        wasOff = difference > Self.small
        guard difference > Self.large || isOffAgain, correctedAt.map({ now - $0 >= Self.pause }) ?? true else {
            return false
        }
        correctedAt = now
        wasOff = false
        return true
    }
}
