internal import Ground
internal import MediaModel

extension Room {
    mutating func join(_ newcomer: JoinRequest, at now: Int64) throws(RoomFault) {
        let sanctions = state.sanctions.holding(at: now)
        let bans = sanctions.bans.filter { $0.isOf(newcomer.userID, newcomer.origin) }
        guard bans.isEmpty else {
            let isNamed = bans.contains { $0.names(newcomer.userID, newcomer.origin) }
            throw isNamed ? RoomFault.banned : RoomFault.addressBanned
        }
        try reservePlace(for: newcomer, at: now)
        withState { $0.sanctions = sanctions }
        var member = Member(newcomer, role: .member, at: now)
        member.mutedUntil = sanctions.mutes.first { $0.subject == member.muteSubject }?.until
        settleNames(of: &member, isTaken: newcomer.isNameTaken)
        // Who comes late does not stop those who are watching.
        member.isExempt = state.playback.phase == .playing
        if member.userID == state.settings.ownerID, host?.userID != member.userID {
            demoteHost(insteadOf: .member)
            member.role = .host
        }
        withState { $0.members[member.id] = member }
        note(.joined(member))
        settleHost(at: now)
    }

    /// Finds out whether there is a place: guests leave some to accounts, accounts some to those who were host or cohost and
    /// to the owner, and neither an account nor an address fills the room alone.
    private mutating func reservePlace(for newcomer: JoinRequest, at now: Int64) throws(RoomFault) {
        let isOwner = newcomer.userID == state.settings.ownerID
        let isModerator = isOwner || newcomer.userID.map { state.formerModerators.contains($0) } ?? false
        var places = RoomLimits.members
        if !isOwner { places -= RoomLimits.ownerPlaces }
        if newcomer.userID == nil {
            places -= RoomLimits.accountPlaces
        } else if !isModerator {
            places -= RoomLimits.moderatorPlaces
        }
        guard state.members.count < places else { throw .full }
        if let limit = newcomer.addressLimit, !isModerator {
            let neighbours = state.members.values.filter { $0.origin?.address == newcomer.origin.address }
            let hasPlace = newcomer.userID != nil || neighbours.count { $0.isGuest } < limit
            guard hasPlace, neighbours.count < limit + max(1, limit / 2) else { throw .tooManyOfAddress }
        }
        if let user = newcomer.userID {
            let mine = state.queue.filter { $0.userID == user }
            guard mine.count >= RoomLimits.membersPerAccount else { return }
            // A place that is only kept makes way for one that is used.
            guard let away = mine.first(where: { !$0.isHere }) else { throw .tooManyOfAccount }
            remove(away.id, .gone, at: now)
        }
    }

    /// Gives a guest a name that nobody has, and takes it from guests when an account of that name comes in.
    private mutating func settleNames(of newcomer: inout Member, isTaken: Bool) {
        if newcomer.isGuest {
            let names = skeletons { member in
                // The same guest, who has lost the connection and comes in anew.
                member.isHere || member.origin?.guestKey == nil || member.origin?.guestKey != newcomer.origin?.guestKey
            }
            if isTaken || names.contains(newcomer.skeleton ?? "") { rename(&newcomer, besides: names) }
        } else {
            for var guest in state.queue where guest.isGuest && guest.skeleton == newcomer.skeleton {
                rename(&guest, besides: skeletons { $0.id != guest.id })
                update(guest.id) { ($0.name, $0.skeleton) = (guest.name, guest.skeleton) }
            }
        }
    }

    private func skeletons(where isMeant: (Member) -> Bool) -> Set<String> {
        Set(state.members.values.filter(isMeant).compactMap(\.skeleton))
    }

    /// `Anna (guest)`, `Anna (guest 2)`, and so on.
    private func rename(_ guest: inout Member, besides names: Set<String>) {
        for number in 1...(names.count + 1) {
            let suffix = number == 1 ? " (guest)" : " (guest \(number))"
            let room = RoomLimits.nameLength - suffix.unicodeScalars.count
            var kept = String.UnicodeScalarView()
            kept.append(contentsOf: guest.name.unicodeScalars.prefix(room))
            let name = String(kept) + suffix
            let skeleton = NameSkeleton.of(name)
            guard number > names.count || !names.contains(skeleton) else { continue }
            (guest.name, guest.skeleton) = (name, skeleton)
            return
        }
    }

    mutating func resume(_ id: String, _ seat: Attachment, at now: Int64) throws(RoomFault) {
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
        guard let member = state.members[id] else { return }
        withState { state in
            state.members[id] = nil
            guard let user = member.userID else { return }
            if reason == .kicked {
                state.formerModerators.removeAll { $0 == user }
            } else if member.role.isModerator {
                state.noteModerator(user)
            }
        }
        note(.left(member: id, reason, words: words))
        settleHost(at: now)
        settleWait(at: now)
        if state.members.isEmpty { rest(at: now) }
    }

    mutating func setRole(_ role: MemberRole, of target: String, by id: String) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role == .host, actor.id != subject.id else { throw .notAllowed }
        if role == .host { update(actor.id) { $0.role = .cohost } }
        update(target) { $0.role = role }
    }

    /// Whether somebody may act on another: the owner is out of reach, and cohosts reach members only.
    func outranks(_ actor: Member, _ subject: Member) -> Bool {
        guard actor.id != subject.id, subject.userID == nil || subject.userID != state.settings.ownerID else {
            return false
        }
        return actor.role == .host || subject.role == .member
    }

    /// Whom the owner has made host stays host. When there is none any more, an owner who is present is, and without one a
    /// room has a while to get a host back.
    mutating func settleHost(at now: Int64) {
        let ownerID = state.settings.ownerID
        let isHeld = state.members.values.contains { $0.role == .host && ($0.isHere || $0.userID != ownerID) }
        if !isHeld, let owner = state.queue.first(where: { $0.isHere && $0.userID == ownerID }) {
            appoint(owner.id, insteadOf: .member)
        } else if host != nil {
            withState { $0.hostAbsentSince = nil }
        } else if state.members.isEmpty {
            withState { $0.hostAbsentSince = nil }
        } else if state.hostAbsentSince == nil {
            withState { $0.hostAbsentSince = now }
        }
    }

    /// After a while without a host the owner becomes host if present, else the oldest cohost with an account becomes host, else the oldest member with one. Guests
    /// become host or cohost only where a host says so: nobody knows who they are.
    mutating func replaceHost(at now: Int64) {
        guard let since = state.hostAbsentSince, now - since >= RoomLimits.hostAway else { return }
        let present = hostCandidates
        let owner = present.first { $0.userID == state.settings.ownerID }
        guard let next = owner ?? present.first(where: { $0.role == .cohost }) ?? present.first else { return }
        appoint(next.id, insteadOf: .cohost)
    }

    /// Who may become host without being asked, the oldest first.
    var hostCandidates: [Member] { state.queue.filter { $0.isHere && !$0.isGuest } }

    /// The host, if there is one right now.
    private var host: Member? { state.queue.first { $0.role == .host && $0.isHere } }

    private mutating func appoint(_ id: String, insteadOf former: MemberRole) {
        demoteHost(insteadOf: former, but: id)
        update(id) { $0.role = .host }
        withState { $0.hostAbsentSince = nil }
    }

    private mutating func demoteHost(insteadOf former: MemberRole, but id: String? = nil) {
        for other in state.queue where other.role == .host && other.id != id { update(other.id) { $0.role = former } }
    }
}
