/// Playback control, waiting for members who load or stall, and the end of the video.
extension Room {
    /// Applies a member's playback control.
    /// - Parameter base: The revision that the member has seen; `nil` skips the check.
    /// - Throws: ``RoomFault/notAllowed``, ``RoomFault/stale``, ``RoomFault/invalidState``, ``RoomFault/malformed``.
    mutating func perform(
        _ control: PlaybackControl, by id: String, base: Int64?, at now: Int64
    ) throws(RoomFault) {
        let actor = try member(id)
        guard mayControl(actor) else { throw .notAllowed }
        guard base == nil || base == state.playback.revision else { throw .stale }
        switch control {
        case .play: play(by: id, at: now)
        case .pause(let position): pause(position, by: id, at: now)
        case .seek(let position): seek(to: position, by: id, at: now)
        case .rate(let rate): try setRate(rate, by: id, at: now)
        case .media(let video): changeVideo(to: video, by: id, at: now)
        case .skipWait:
            guard state.playback.phase == .waiting else { throw .invalidState }
            endWait(.skip, by: id, at: now)
        }
    }

    /// Whether the room's mode lets a member control the playback.
    func mayControl(_ member: Member) -> Bool {
        state.settings.mode == .everyone || member.role.isModerator
    }

    /// Starts the next revision of the playback and records it as an event.
    private mutating func revise(_ reason: ChangeReason, by id: String? = nil, _ body: (inout RoomPlayback) -> Void) {
        withState { state in
            state.playback.revision += 1
            state.playback.reason = reason
            state.playback.by = id
            body(&state.playback)
        }
        record(.playback(state.playback, pending: state.pending))
    }

    private mutating func play(by id: String, at now: Int64) {
        switch state.playback.phase {
        case .playing: return
        case .waiting:
            guard state.playback.wait?.resumeTo != .playing else { return }
            revise(.play, by: id) { $0.wait?.resumeTo = .playing }
        case .ended:
            seek(to: 0, by: id, at: now)
            play(by: id, at: now)
        case .paused:
            if state.playback.anchor.position >= state.playback.video.duration { seek(to: 0, by: id, at: now) }
            if state.members.values.contains(where: \.isAwaited) {
                wait(for: .load, resumeTo: .playing, atMost: RoomLimits.loadWait, by: id, at: now, saying: .play)
            } else {
                start(.play, by: id, at: now)
            }
        }
    }

    private mutating func pause(_ wanted: Int64?, by id: String, at now: Int64) {
        switch state.playback.phase {
        case .paused, .ended: return
        case .waiting:
            guard state.playback.wait?.resumeTo != .paused else { return }
            revise(.pause, by: id) { $0.wait?.resumeTo = .paused }
        case .playing:
            let position = state.playback.position(at: now)
            let own = wanted.flatMap { abs($0 - position) <= RoomLimits.ownPosition ? $0 : nil } ?? position
            revise(.pause, by: id) { playback in
                playback.phase = .paused
                playback.anchor = Anchor(
                    position: min(max(0, own), playback.video.duration), at: now, rate: playback.anchor.rate)
            }
        }
    }

    private mutating func seek(to wanted: Int64, by id: String, at now: Int64) {
        let position = min(max(0, wanted), state.playback.video.duration)
        clearReadiness()
        let revision = state.playback.revision + 1
        let isMoving = state.playback.phase == .playing || state.playback.phase == .waiting
        guard isMoving else {
            return revise(.seek, by: id) { playback in
                (playback.phase, playback.loadRevision) = (.paused, revision)
                playback.anchor = Anchor(position: position, at: now, rate: playback.anchor.rate)
            }
        }
        guard state.playback.phase == .waiting || state.presentCount <= RoomLimits.waitingMembers else {
            let begins = startMoment(after: now)
            return revise(.seek, by: id) { playback in
                playback.loadRevision = revision
                playback.anchor = Anchor(position: position, at: begins, rate: playback.anchor.rate)
            }
        }
        withState { $0.playback.anchor = Anchor(position: position, at: now, rate: $0.playback.anchor.rate) }
        wait(
            for: .seek, resumeTo: state.playback.wait?.resumeTo ?? .playing, atMost: RoomLimits.loadWait, by: id,
            at: now, loads: true)
    }

    private mutating func setRate(_ rate: Double, by id: String, at now: Int64) throws(RoomFault) {
        guard Anchor.rates.contains(rate) else { throw .malformed }
        guard rate != state.playback.anchor.rate else { return }
        // The position at the old rate becomes the anchor; the new rate counts from there.
        revise(.rate, by: id) { playback in
            let begins = playback.phase == .playing ? max(now, playback.anchor.at) : now
            playback.anchor = Anchor(position: playback.position(at: now), at: begins, rate: rate)
        }
    }

    private mutating func changeVideo(to video: RoomVideo, by id: String, at now: Int64) {
        let resumes = state.playback.phase == .playing || state.playback.wait?.resumeTo == .playing
        withState { state in
            for id in state.members.keys {
                state.members[id]?.isExempt = false
                state.members[id]?.stalls = []
            }
            state.playback.video = video
            state.playback.anchor = Anchor(at: now, rate: state.playback.anchor.rate)
            state.playback.wait = nil
        }
        clearReadiness()
        wait(
            for: .media, resumeTo: resumes ? .playing : .paused, atMost: RoomLimits.loadWait, by: id, at: now,
            loads: true)
    }

    /// Marks all members as not ready: they have to load again.
    private mutating func clearReadiness() {
        withState { state in
            for id in state.members.keys {
                state.members[id]?.isReady = false
                state.members[id]?.bufferingSince = nil
            }
        }
    }

    /// Plays from the anchor's position; all players start at the same moment.
    private mutating func start(_ reason: ChangeReason, by id: String? = nil, at now: Int64) {
        let at = startMoment(after: now)
        revise(reason, by: id) { playback in
            (playback.phase, playback.wait) = (.playing, nil)
            playback.anchor.at = at
        }
    }

    /// When playback starts: late enough for the slowest connection to hear of it.
    private func startMoment(after now: Int64) -> Int64 {
        now + RoomLimits.lead(roundTrip: state.members.values.filter(\.isHere).map(\.roundTrip).max() ?? 0)
    }

    /// Pauses where the room is, because the last member has left.
    mutating func pauseEmptyRoom(at now: Int64) {
        guard state.playback.phase == .playing || state.playback.phase == .waiting else { return }
        revise(.empty) { playback in
            let position = playback.position(at: now)
            (playback.phase, playback.wait) = (.paused, nil)
            playback.anchor = Anchor(position: position, at: now, rate: playback.anchor.rate)
        }
    }

    // MARK: - Waiting

    /// Stops playback until members are ready or the deadline passes.
    /// - Parameters:
    ///   - said: The reason that the event names; `nil` names `reason`.
    ///   - loads: Whether members have to load again for this revision.
    private mutating func wait(
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

    /// Ends the wait once no present member is waited for.
    mutating func settleWait(at now: Int64) {
        guard state.playback.phase == .waiting, let wait = state.playback.wait else { return }
        guard !state.members.values.contains(where: \.isAwaited), state.presentCount > 0 else {
            return withState { $0.playback.wait?.readySince = nil }
        }
        guard wait.reason == .stall else { return endWait(.ready, at: now) }
        let since = wait.readySince ?? now
        if now - since >= RoomLimits.settled { return endWait(.ready, at: now) }
        withState { $0.playback.wait?.readySince = since }
    }

    /// Ends the wait; members who are not ready catch up on their own.
    private mutating func endWait(_ reason: ChangeReason, by id: String? = nil, at now: Int64) {
        guard let wait = state.playback.wait else { return }
        withState { state in
            for member in state.members.values where member.isAwaited { state.members[member.id]?.isExempt = true }
        }
        if wait.resumeTo == .playing { return start(reason, by: id, at: now) }
        revise(reason, by: id) { playback in
            (playback.phase, playback.wait) = (.paused, nil)
            playback.anchor.at = now
        }
    }

    /// Marks a member as ready for a revision.
    mutating func markReady(_ id: String, revision: Int64, roundTrip: Int64, at now: Int64) throws(RoomFault) {
        _ = try member(id)
        // A report about a revision that is not current any more.
        guard revision >= state.playback.loadRevision, revision <= state.playback.revision else { return }
        // `wait` frames tell who is ready, and a newer one replaces an older one: an event each would be n² frames.
        update(id, tells: false) { member in
            member.isReady = true
            member.bufferingSince = nil
            member.roundTrip = roundTrip
            member.isExempt = member.stallsTooOften(at: now)
        }
        settleWait(at: now)
    }

    /// Records that a member's player has run out of data, or has data again.
    mutating func setBuffering(_ id: String, _ isBuffering: Bool, position: Int64, at now: Int64) throws(RoomFault) {
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

    /// Stops the room for the first player that has had no data for ``RoomLimits/stall``.
    private mutating func settleStalls(at now: Int64) {
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

    // MARK: - Time

    /// Stops for stalled players, ends waits and ends the video as the time demands.
    mutating func advancePlayback(at now: Int64) {
        settleStalls(at: now)
        settleWait(at: now)
        if state.playback.phase == .waiting, let wait = state.playback.wait, wait.deadline <= now {
            endWait(.timeout, at: now)
        }
        if let end = endsAt, end <= now {
            revise(.ended) { playback in
                playback.phase = .ended
                playback.anchor = Anchor(position: playback.video.duration, at: now, rate: playback.anchor.rate)
            }
        }
    }

    /// The moments at which ``advancePlayback(at:)`` has something to do, in milliseconds since 1970.
    var playbackDeadlines: [Int64] {
        var times: [Int64] = []
        if state.playback.phase == .playing {
            for member in state.members.values where member.isHere {
                if let since = member.bufferingSince { times.append(since + RoomLimits.stall) }
            }
        }
        if state.playback.phase == .waiting, let wait = state.playback.wait {
            times.append(wait.deadline)
            if let since = wait.readySince { times.append(since + RoomLimits.settled) }
        }
        if let endsAt { times.append(endsAt) }
        return times
    }

    /// When the video is over for every player; `nil` unless it plays.
    private var endsAt: Int64? {
        guard state.playback.phase == .playing else { return nil }
        let playback = state.playback
        return playback.anchor.moment(of: playback.video.duration) + RoomLimits.endGrace
    }
}

extension Member {
    /// Whether the room has waited for the member too often within ``RoomLimits/stallWindow`` to wait again.
    fileprivate func stallsTooOften(at now: Int64) -> Bool {
        stalls.count { now - $0 < RoomLimits.stallWindow } > RoomLimits.stalls
    }
}
