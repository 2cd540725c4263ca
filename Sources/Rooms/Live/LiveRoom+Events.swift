internal import Ground
internal import Catalog

/// How changes reach the connections.
extension LiveRoom {
    func take(_ notice: RoomNotice) async {
        switch notice {
        case .changed(let news):
            guard let known = copy, news.version > known.version else { return }
            guard news.version == known.version + 1, news.state?.epoch ?? known.state.epoch == known.state.epoch else {
                return await reload()
            }
            var (state, history) = (news.state ?? known.state, known.history)
            state.sequence = news.sequence
            for event in news.events { history.append(event) }
            adopt(StoredRoom(version: news.version, state: state, history: history))
        case .passing(let frame): for session in sessions.values { session.send(frame, .passing) }
        case .reconsider: await reconsider()
        case .gap: await reload()
        }
    }

    func reload() async {
        // Without the store the copy is still the best that is known.
        guard let found = try? await around.store.load(id) else { return }
        adopt(found)
    }

    /// Takes a newer state over and tells the connections what is new.
    func adopt(_ room: StoredRoom) {
        if let copy, copy.version >= room.version, copy.state.epoch == room.state.epoch { return }
        copy = room
        let state = room.state
        if let delivered, delivered.epoch == state.epoch,
            let missing = room.history.after(delivered.sequence, upTo: state.sequence)
        {
            for event in missing {
                for session in sessions.values { session.send(event.text, .ordered(event.sequence)) }
            }
        } else if delivered != nil {
            resync()
        }
        delivered = (state.epoch, state.sequence)
        showWait()
        dismiss()
        sleeper?.cancel()
    }

    private func resync() {
        guard !sessions.isEmpty, let snapshot = snapshot() else { return }
        let frame = ServerMessage.event("resync", at: around.clock.now(), text: snapshot.text)
        for session in sessions.values { session.send(frame, .snapshot) }
    }

    /// Tells a connection everything that lost events of the room because it took them too slowly; what was said from the
    /// first of these on is all there.
    func catchUp(_ session: RoomSession, member: String, from sequence: Int64) {
        guard sessions[member] === session, let copy, let snapshot = try? Snapshot(copy, after: sequence - 1) else {
            return
        }
        session.send(ServerMessage.event("resync", at: around.clock.now(), text: snapshot.text), .snapshot)
    }

    private func showWait() {
        guard let state, let wait = state.playback.wait else { return shownWait = nil }
        let document = WaitDocument(
            revision: state.playback.revision, deadline: wait.deadline, pending: state.pending)
        guard document.isNews(after: shownWait) else { return }
        shownWait = document
        broadcast("wait", document)
    }

    func broadcast(_ type: String, _ fields: some Encodable) {
        guard let frame = try? ServerMessage.event(type, at: around.clock.now(), fields) else { return }
        for session in sessions.values { session.send(frame, .newest(type)) }
    }

    /// Ends connections whose member is gone, or has another one.
    func dismiss() {
        guard let copy else { return }
        for (member, session) in sessions where copy.state.members[member]?.connection != session.connection {
            sessions[member] = nil
            let isThere = copy.state.members[member] != nil
            let departure = copy.history.departure(of: member)
            if isThere {
                session.end(.replaced)
            } else if departure?.reason == .kicked {
                session.end(.kicked, reason: departure?.words)
            } else {
                // Whoever only was away for too long may come in again.
                session.end(.goingAway)
            }
        }
        if sessions.isEmpty { lonelySince = around.clock.now() }
    }
}
