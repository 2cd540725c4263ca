internal import Catalog

/// Connections that come and go.
extension LiveRoom {
    /// Lets a connection have all events from now on, and welcomes it.
    /// - Returns: `false` if the member is gone again already.
    func seat(_ session: RoomSession, member: String, secret: String, resume: Resumption?) throws -> Bool {
        guard let copy, copy.state.members[member]?.connection == session.connection else { return false }
        let missed = resume.flatMap { resume -> ArraySlice<StoredEvent>? in
            guard resume.epoch == copy.state.epoch else { return nil }
            return copy.history.after(resume.seq, upTo: copy.state.sequence)
        }
        sessions[member] = session
        session.send(
            try Welcome(
                member: member, secret: secret, copy, resumed: resume != nil, missed: missed
            ).frame(at: around.clock.now()))
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
    func snapshot() -> Snapshot? { copy.map { Snapshot($0) } }
}
