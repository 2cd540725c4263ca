extension Room {
    mutating func join(_ newcomer: Newcomer, at now: Int64) throws(RoomFault) {
        if let until = state.bans[newcomer.banSubject] {
            guard until <= now else { throw .banned }
            withState { $0.bans[newcomer.banSubject] = nil }
        }
        guard state.members.count < RoomLimits.members else { throw .full }
        var member = Member(newcomer, role: .member, at: now)
        // Who comes late does not stop those who are watching.
        member.isExempt = state.playback.phase == .playing
        if member.userID == state.settings.ownerID, host?.userID != member.userID {
            dethrone(insteadOf: .member)
            member.role = .host
        }
        withState { $0.members[member.id] = member }
        note(.joined(member))
        settleHost(at: now)
    }

    mutating func resume(_ id: String, _ seat: Seat, at now: Int64) throws(RoomFault) {
        _ = try member(id)
        let wasAway = state.members[id]?.isHere == false
        let isPlaying = state.playback.phase == .playing
        update(id, tells: wasAway) { member in
            (member.node, member.connection, member.awaySince) = (seat.node, seat.connection, nil)
            member.isReady = false
            member.isExempt = isPlaying
        }
        settleHost(at: now)
    }

    mutating func lose(_ id: String, _ connection: String, at now: Int64) {
        guard let member = state.members[id], member.connection == connection, member.isHere else { return }
        update(id) { ($0.awaySince, $0.bufferingSince) = (now, nil) }
        settleHost(at: now)
        settleWait(at: now)
    }

    mutating func lose(_ nodes: Set<String>, at now: Int64) {
        for member in state.queue where nodes.contains(member.node) { lose(member.id, member.connection, at: now) }
    }

    mutating func remove(_ id: String, _ reason: LeaveReason, words: String? = nil, at now: Int64) {
        guard state.members[id] != nil else { return }
        withState { $0.members[id] = nil }
        note(.left(member: id, reason, words: words))
        settleHost(at: now)
        settleWait(at: now)
        if state.members.isEmpty { rest(at: now) }
    }

    mutating func kick(
        _ target: String, by id: String, minutes: Int, words: String?, at now: Int64
    ) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role.isModerator, outranks(actor, subject) else { throw .notAllowed }
        guard (0...RoomLimits.banMinutes).contains(minutes) else { throw .malformed }
        let words = try words.map { words throws(RoomFault) in try Self.clean(words, limit: RoomLimits.reasonLength) }
        if minutes > 0 { withState { $0.bans[subject.banSubject] = now + Int64(minutes) * 60_000 } }
        remove(target, .kicked, words: words, at: now)
    }

    mutating func mute(_ target: String, by id: String, seconds: Int, at now: Int64) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role.isModerator, outranks(actor, subject) else { throw .notAllowed }
        guard (0...RoomLimits.muteSeconds).contains(seconds) else { throw .malformed }
        update(target) { $0.mutedUntil = seconds == 0 ? nil : now + Int64(seconds) * 1000 }
    }

    mutating func setRole(_ role: MemberRole, of target: String, by id: String) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role == .host, actor.id != subject.id else { throw .notAllowed }
        if role == .host { update(actor.id) { $0.role = .cohost } }
        update(target) { $0.role = role }
    }

    /// Whether somebody may act on another: the owner is out of reach, and cohosts reach members only.
    private func outranks(_ actor: Member, _ subject: Member) -> Bool {
        guard actor.id != subject.id, subject.userID == nil || subject.userID != state.settings.ownerID else {
            return false
        }
        return actor.role == .host || subject.role == .member
    }

    /// The owner is host whenever present; a room without a host has a while to get one back.
    mutating func settleHost(at now: Int64) {
        let owner = state.queue.first { $0.isHere && $0.userID != nil && $0.userID == state.settings.ownerID }
        if let owner, host?.userID != owner.userID {
            appoint(owner.id, insteadOf: .member)
        } else if host != nil {
            withState { $0.hostAbsentSince = nil }
        } else if state.members.isEmpty {
            withState { $0.hostAbsentSince = nil }
        } else if state.hostAbsentSince == nil {
            withState { $0.hostAbsentSince = now }
        }
    }

    /// After a while without a host the oldest cohost becomes host, else the oldest member.
    mutating func replaceHost(at now: Int64) {
        guard let since = state.hostAbsentSince, now - since >= RoomLimits.hostAway else { return }
        let present = state.queue.filter(\.isHere)
        guard let next = present.first(where: { $0.role == .cohost }) ?? present.first else { return }
        appoint(next.id, insteadOf: .cohost)
    }

    /// The host, if there is one right now.
    private var host: Member? { state.queue.first { $0.role == .host && $0.isHere } }

    private mutating func appoint(_ id: String, insteadOf former: MemberRole) {
        dethrone(insteadOf: former, but: id)
        update(id) { $0.role = .host }
        withState { $0.hostAbsentSince = nil }
    }

    private mutating func dethrone(insteadOf former: MemberRole, but id: String? = nil) {
        for other in state.queue where other.role == .host && other.id != id { update(other.id) { $0.role = former } }
    }
}
