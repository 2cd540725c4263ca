extension Room {
    /// Does what has become due.
    mutating func tick(at now: Int64) {
        for member in state.queue {
            guard let since = member.awaySince, now - since >= RoomLimits.away else { continue }
            remove(member.id, .gone, at: now)
        }
        for member in state.queue where member.mutedUntil.map({ $0 <= now }) == true {
            update(member.id) { $0.mutedUntil = nil }
        }
        replaceHost(at: now)
        settleStalls(at: now)
        settleWait(at: now)
        if state.playback.phase == .waiting, let wait = state.playback.wait, wait.deadline <= now {
            goOn(.timeout, at: now)
        }
        if let end = endsAt, end <= now {
            revise(.ended) { playback in
                playback.phase = .ended
                playback.anchor = Anchor(position: playback.video.duration, at: now, rate: playback.anchor.rate)
            }
        }
    }

    /// When something becomes due without anybody doing anything, in milliseconds since 1970.
    public var nextDeadline: Int64? {
        var times: [Int64] = []
        for member in state.members.values {
            if let since = member.awaySince { times.append(since + RoomLimits.away) }
            if let until = member.mutedUntil { times.append(until) }
            if let since = member.bufferingSince, state.playback.phase == .playing, member.isHere {
                times.append(since + RoomLimits.stall)
            }
        }
        if let since = state.hostAbsentSince, !hostCandidates.isEmpty { times.append(since + RoomLimits.hostAway) }
        if state.playback.phase == .waiting, let wait = state.playback.wait {
            times.append(wait.deadline)
            if let since = wait.readySince { times.append(since + RoomLimits.settled) }
        }
        if let endsAt { times.append(endsAt) }
        return times.min()
    }

    /// When the video is over for everybody; `nil` unless it plays.
    private var endsAt: Int64? {
        guard state.playback.phase == .playing else { return nil }
        let playback = state.playback
        return playback.anchor.moment(of: playback.video.duration) + RoomLimits.endGrace
    }
}
