internal import Ground
internal import Catalog

/// Connections that come and go.
extension LiveRoom {
    /// Lets a connection have all events from now on, and welcomes it.
    /// - Returns: `false` if the member is gone again already.
    func seat(
        _ session: RoomSession, member: String, secret: String, guestKey: String?, resume: Resumption?
    ) throws -> Bool {
        guard let copy, copy.state.members[member]?.connection == session.connection else { return false }
        let missed = resume.flatMap { resume -> ArraySlice<StoredEvent>? in
            guard resume.epoch == copy.state.epoch else { return nil }
            return copy.history.after(resume.seq, upTo: copy.state.sequence)
        }
        sessions[member] = session
        let welcome = Welcome(
            member: member, secret: secret, guestKey: guestKey, resumed: resume != nil, missed: missed)
        session.send(try welcome.frame(copy, try snapshot(of: copy), at: around.clock.now()), .required)
        return true
    }

    /// A connection is gone.
    func unseat(_ session: RoomSession, member: String) {
        guard sessions[member] === session else { return }
        sessions[member] = nil
        if sessions.isEmpty { lonelySince = around.clock.now() }
    }

    /// The message that a member's command has already made.
    func message(of commandID: String, from member: String) -> String? {
        copy?.history.message(of: commandID, from: member)
    }

    /// Everything, for a connection that has lost track.
    func snapshot() -> Snapshot? { copy.flatMap { try? snapshot(of: $0) } }

    private func snapshot(of room: StoredRoom) throws -> Snapshot {
        if let lastSnapshot, lastSnapshot.isOf(room) { return lastSnapshot }
        let snapshot = try Snapshot(room)
        lastSnapshot = snapshot
        return snapshot
    }
}
