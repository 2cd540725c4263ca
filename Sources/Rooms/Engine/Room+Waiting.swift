extension Room {
    /// Stands still until members are ready.
    /// - Parameters:
    ///   - said: What members are told where it is not the reason of the wait.
    ///   - loads: Whether members have to load what this revision asks for.
    mutating func wait(
        for reason: ChangeReason, resumeTo: Phase, atMost time: Int64, by id: String? = nil, at now: Int64,
        saying said: ChangeReason? = nil, loads: Bool = false
    ) {
        let since = state.playback.wait?.since ?? now
        let deadline = min(now + time, since + RoomLimits.longestWait)
        revise(said ?? reason, by: id) { playback in
            playback.phase = .waiting
            if loads { playback.loadRevision = playback.revision }
            playback.wait = Wait(reason: reason, resumeTo: resumeTo, deadline: deadline, since: since)
        }
        settleWait(at: now)
    }

    /// Goes on if nobody is waited for any more.
    mutating func settleWait(at now: Int64) {
        guard state.playback.phase == .waiting, let wait = state.playback.wait else { return }
        guard !state.members.values.contains(where: \.isAwaited), state.presentCount > 0 else {
            return withState { $0.playback.wait?.readySince = nil }
        }
        guard wait.reason == .stall else { return goOn(.ready, at: now) }
        let since = wait.readySince ?? now
        if now - since >= RoomLimits.settled { return goOn(.ready, at: now) }
        withState { $0.playback.wait?.readySince = since }
    }

    /// Ends the wait; who is not ready catches up alone.
    mutating func goOn(_ reason: ChangeReason, by id: String? = nil, at now: Int64) {
        guard let wait = state.playback.wait else { return }
        withState { state in
            for member in state.members.values where member.isAwaited { state.members[member.id]?.isExempt = true }
        }
        if wait.resumeTo == .playing { return begin(reason, by: id, at: now) }
        revise(reason, by: id) { playback in
            (playback.phase, playback.wait) = (.paused, nil)
            playback.anchor.at = now
        }
    }

    mutating func markReady(_ id: String, revision: Int64, roundTrip: Int64, at now: Int64) throws(RoomFault) {
        _ = try member(id)
        // Ready for something that is not played any more.
        guard revision >= state.playback.loadRevision, revision <= state.playback.revision else { return }
        // Who is ready is told by `wait`, which a newer one replaces: an event for each would be n² frames.
        update(id, tells: false) { member in
            member.isReady = true
            member.bufferingSince = nil
            member.roundTrip = roundTrip
            member.isExempt = member.stallsTooOften(at: now)
        }
        settleWait(at: now)
    }

    mutating func noteBuffering(_ id: String, _ isBuffering: Bool, position: Int64, at now: Int64) throws(RoomFault) {
        let member = try member(id)
        if isBuffering {
            guard state.playback.phase == .playing, !member.isExempt, member.bufferingSince == nil else { return }
            update(id, tells: false) { ($0.bufferingSince, $0.bufferingPosition) = (now, position) }
        } else if member.bufferingSince != nil {
            update(id, tells: false) { ($0.bufferingSince, $0.bufferingPosition) = (nil, nil) }
        } else if state.playback.wait?.reason == .stall, !member.isReady {
            try markReady(id, revision: state.playback.revision, roundTrip: member.roundTrip, at: now)
        }
    }

    /// A player that has had no data for a while stops the room.
    mutating func settleStalls(at now: Int64) {
        guard state.playback.phase == .playing else { return }
        for member in state.queue {
            guard let since = member.bufferingSince, now - since >= RoomLimits.stall, member.isHere else { continue }
            stall(member, at: now)
            guard state.playback.phase == .playing else { return }
        }
    }

    private mutating func stall(_ member: Member, at now: Int64) {
        update(member.id, tells: false) { member in
            (member.bufferingSince, member.bufferingPosition) = (nil, nil)
            member.stalls = member.stalls.filter { now - $0 < RoomLimits.stallWindow } + [now]
            member.isExempt = member.stallsTooOften(at: now)
        }
        guard state.members[member.id]?.isExempt == false, state.presentCount <= RoomLimits.waitingMembers else {
            return
        }
        let stalls = (state.stalls ?? []).filter { now - $0 < RoomLimits.stallWindow } + [now]
        guard stalls.count <= RoomLimits.stallsOfRoom else { return }
        withState { $0.stalls = stalls }
        update(member.id, tells: false) { $0.isReady = false }
        let reached = state.playback.position(at: now)
        let position = min(reached, (member.bufferingPosition ?? reached) + RoomLimits.stall)
        withState { $0.playback.anchor = Anchor(position: max(0, position), at: now, rate: $0.playback.anchor.rate) }
        wait(for: .stall, resumeTo: .playing, atMost: RoomLimits.stallWait, by: member.id, at: now)
    }
}

extension Member {
    /// Whether the room has waited for them so often that it does no more.
    fileprivate func stallsTooOften(at now: Int64) -> Bool {
        stalls.count { now - $0 < RoomLimits.stallWindow } > RoomLimits.stalls
    }
}
