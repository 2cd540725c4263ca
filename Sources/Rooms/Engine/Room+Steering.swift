internal import Catalog

extension Room {
    mutating func steer(_ control: Control, by id: String, base: Int64?, at now: Int64) throws(RoomFault) {
        let actor = try member(id)
        guard state.settings.mode == .everyone || actor.role.isModerator else { throw .notAllowed }
        guard base == nil || base == state.playback.revision else { throw .stale }
        switch control {
        case .play: play(by: id, at: now)
        case .pause(let position): pause(position, by: id, at: now)
        case .seek(let position): seek(to: position, by: id, at: now)
        case .rate(let rate): try setRate(rate, by: id, at: now)
        case .media(let video): show(video, by: id, at: now)
        case .skipWait:
            guard state.playback.phase == .waiting else { throw .invalidState }
            goOn(.skip, by: id, at: now)
        }
    }

    /// Begins the next revision of the playback.
    mutating func revise(_ reason: ChangeReason, by id: String? = nil, _ body: (inout RoomPlayback) -> Void) {
        withState { state in
            state.playback.revision += 1
            state.playback.reason = reason
            state.playback.by = id
            body(&state.playback)
        }
        note(.playback(state.playback, pending: state.pending))
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
                begin(.play, by: id, at: now)
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
        unready()
        let revision = state.playback.revision + 1
        let isMoving = state.playback.phase == .playing || state.playback.phase == .waiting
        guard isMoving else {
            return revise(.seek, by: id) { playback in
                (playback.phase, playback.loadRevision) = (.paused, revision)
                playback.anchor = Anchor(position: position, at: now, rate: playback.anchor.rate)
            }
        }
        guard state.playback.phase == .waiting || state.presentCount <= RoomLimits.waitingMembers else {
            let begins = start(from: now)
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
        // First where it is at the old speed, then the new speed from there on.
        revise(.rate, by: id) { playback in
            let begins = playback.phase == .playing ? max(now, playback.anchor.at) : now
            playback.anchor = Anchor(position: playback.position(at: now), at: begins, rate: rate)
        }
    }

    private mutating func show(_ video: RoomVideo, by id: String, at now: Int64) {
        let goesOn = state.playback.phase == .playing || state.playback.wait?.resumeTo == .playing
        withState { state in
            for id in state.members.keys {
                state.members[id]?.isExempt = false
                state.members[id]?.stalls = []
            }
            state.playback.video = video
            state.playback.anchor = Anchor(at: now, rate: state.playback.anchor.rate)
            state.playback.wait = nil
        }
        unready()
        wait(
            for: .media, resumeTo: goesOn ? .playing : .paused, atMost: RoomLimits.loadWait, by: id, at: now,
            loads: true)
    }

    /// Members have to load anew.
    private mutating func unready() {
        withState { state in
            for id in state.members.keys {
                state.members[id]?.isReady = false
                state.members[id]?.bufferingSince = nil
            }
        }
    }

    /// Plays from the anchor's position, for all at the same moment.
    mutating func begin(_ reason: ChangeReason, by id: String? = nil, at now: Int64) {
        let at = start(from: now)
        revise(reason, by: id) { playback in
            (playback.phase, playback.wait) = (.playing, nil)
            playback.anchor.at = at
        }
    }

    private func start(from now: Int64) -> Int64 {
        now + RoomLimits.lead(roundTrip: state.members.values.filter(\.isHere).map(\.roundTrip).max() ?? 0)
    }

    /// The last member has gone: the room stays where it is.
    mutating func rest(at now: Int64) {
        guard state.playback.phase == .playing || state.playback.phase == .waiting else { return }
        revise(.empty) { playback in
            let position = playback.position(at: now)
            (playback.phase, playback.wait) = (.paused, nil)
            playback.anchor = Anchor(position: position, at: now, rate: playback.anchor.rate)
        }
    }
}
