internal import Ground

/// Joining and leaving, names, and who is host.
extension Room {
    /// Adds a member.
    /// - Throws: ``RoomFault/banned``, ``RoomFault/addressBanned``, ``RoomFault/full``, ``RoomFault/tooManyOfAddress``,
    ///   ``RoomFault/tooManyOfAccount``.
    mutating func join(_ request: JoinRequest, at now: Int64) throws(RoomFault) {
        let sanctions = state.sanctions.inForce(at: now)
        let bans = sanctions.bans.filter { $0.covers(request.userID, request.origin) }
        guard bans.isEmpty else {
            let isNamed = bans.contains { $0.names(request.userID, request.origin) }
            throw isNamed ? RoomFault.banned : RoomFault.addressBanned
        }
        try reservePlace(for: request, at: now)
        withState { $0.sanctions = sanctions }
        var member = Member(request, role: .member, at: now)
        member.mutedUntil = sanctions.mutes.filter { $0.covers(member) }.map(\.until).max()
        // A guest who drops the client's key and joins again waits as one who stays.
        if member.isGuest, state.settings.slowModeSeconds > 0 { member.chattedAt = now }
        settleNames(of: &member, isTaken: request.isNameTaken)
        // A member who joins during playback does not stop it.
        member.isExempt = state.playback.phase == .playing
        if member.userID == state.settings.ownerID, host?.userID != member.userID {
            demoteHost(to: .member)
            member.role = .host
        }
        withState { $0.members[member.id] = member }
        record(.joined(member))
        settleHost(at: now)
    }

    /// Checks that the room has a place for a join request, and frees one that the same account only holds by being away.
    ///
    /// Some places are reserved for accounts, some of those for former moderators, and some for the owner. One account or
    /// one address cannot fill the room.
    private mutating func reservePlace(for request: JoinRequest, at now: Int64) throws(RoomFault) {
        let isOwner = request.userID == state.settings.ownerID
        let isModerator = isOwner || request.userID.map { state.formerModerators.contains($0) } ?? false
        var places = RoomLimits.members
        if !isOwner { places -= RoomLimits.ownerPlaces }
        if request.userID == nil {
            places -= RoomLimits.accountPlaces
        } else if !isModerator {
            places -= RoomLimits.moderatorPlaces
        }
        guard state.members.count < places else { throw .full }
        if let limit = request.addressLimit, !isModerator {
            let neighbours = state.members.values.filter { $0.origin?.address == request.origin.address }
            let hasPlace = request.userID != nil || neighbours.count { $0.isGuest } < limit
            guard hasPlace, neighbours.count < limit + max(1, limit / 2) else { throw .tooManyOfAddress }
        }
        if let user = request.userID {
            let mine = state.queue.filter { $0.userID == user }
            guard mine.count >= RoomLimits.membersPerAccount else { return }
            // A member who is away makes way for one who is present.
            guard let away = mine.first(where: { !$0.isHere }) else { throw .tooManyOfAccount }
            remove(away.id, .gone, at: now)
        }
    }

    /// Gives a guest a name that nobody else has; renames guests whose name an account that joins has.
    private mutating func settleNames(of member: inout Member, isTaken: Bool) {
        if member.isGuest {
            let key = member.origin?.guestKey
            let names = skeletons { other in
                // The same guest, who lost the connection and joins again.
                other.isHere || other.origin?.guestKey == nil || other.origin?.guestKey != key
            }
            if isTaken || names.contains(member.skeleton ?? "") { rename(&member, besides: names) }
        } else {
            for var guest in state.queue where guest.isGuest && guest.skeleton == member.skeleton {
                rename(&guest, besides: skeletons { $0.id != guest.id })
                update(guest.id) { ($0.name, $0.skeleton) = (guest.name, guest.skeleton) }
            }
        }
    }

    /// The skeletons of the names of some members.
    private func skeletons(where isMeant: (Member) -> Bool) -> Set<String> {
        Set(state.members.values.filter(isMeant).compactMap(\.skeleton))
    }

    /// Renames a guest to `Anna (guest)`, `Anna (guest 2)` and so on.
    /// - Parameter names: Skeletons of the names that are in use.
    private func rename(_ guest: inout Member, besides names: Set<String>) {
        for number in 1...(names.count + 1) {
            let suffix = number == 1 ? " (guest)" : " (guest \(number))"
            let length = RoomLimits.nameLength - suffix.unicodeScalars.count
            let name = String(String.UnicodeScalarView(guest.name.unicodeScalars.prefix(length))) + suffix
            let skeleton = NameSkeleton.of(name)
            guard number > names.count || !names.contains(skeleton) else { continue }
            (guest.name, guest.skeleton) = (name, skeleton)
            return
        }
    }

    /// Attaches a member to a new connection.
    /// - Throws: ``RoomFault/memberNotFound``.
    mutating func resume(_ id: String, _ attachment: Attachment, at now: Int64) throws(RoomFault) {
        _ = try member(id)
        let wasAway = state.members[id]?.isHere == false
        let isPlaying = state.playback.phase == .playing
        update(id, tells: wasAway) { member in
            (member.node, member.connection, member.awaySince) = (attachment.node, attachment.connection, nil)
            member.isReady = false
            member.isExempt = isPlaying
        }
        settleHost(at: now)
    }

    /// Marks a member as away if this connection is still theirs.
    mutating func markAway(_ id: String, _ connection: String, at now: Int64) {
        guard let member = state.members[id], member.connection == connection, member.isHere else { return }
        update(id) { ($0.awaySince, $0.bufferingSince) = (now, nil) }
        settleHost(at: now)
        settleWait(at: now)
    }

    /// Removes a member.
    mutating func remove(_ id: String, _ reason: LeaveReason, explanation: String? = nil, at now: Int64) {
        guard let member = state.members[id] else { return }
        withState { state in
            state.members[id] = nil
            guard let user = member.userID else { return }
            if reason == .kicked {
                state.formerModerators.removeAll { $0 == user }
            } else if member.role.isModerator {
                state.addFormerModerator(user)
            }
        }
        record(.left(member: id, reason, explanation: explanation))
        settleHost(at: now)
        settleWait(at: now)
        if state.members.isEmpty { pauseEmptyRoom(at: now) }
    }

    /// Makes a present owner host if there is no host, else records since when the room has none.
    ///
    /// A host whom the owner appointed stays host.
    private mutating func settleHost(at now: Int64) {
        let ownerID = state.settings.ownerID
        let isHeld = state.members.values.contains { $0.role == .host && ($0.isHere || $0.userID != ownerID) }
        if !isHeld, let owner = state.queue.first(where: { $0.isHere && $0.userID == ownerID }) {
            appoint(owner.id, demotingTo: .member)
        } else if host != nil {
            withState { $0.hostAbsentSince = nil }
        } else if state.members.isEmpty {
            withState { $0.hostAbsentSince = nil }
        } else if state.hostAbsentSince == nil {
            withState { $0.hostAbsentSince = now }
        }
    }

    /// Appoints a host once there has been none for ``RoomLimits/hostAway``: the owner if present, else the oldest cohost
    /// with an account, else the oldest member with one.
    ///
    /// Guests become host or cohost only if a host appoints them, because nothing proves who they are.
    mutating func replaceHost(at now: Int64) {
        guard let since = state.hostAbsentSince, now - since >= RoomLimits.hostAway else { return }
        let present = hostCandidates
        let owner = present.first { $0.userID == state.settings.ownerID }
        guard let next = owner ?? present.first(where: { $0.role == .cohost }) ?? present.first else { return }
        appoint(next.id, demotingTo: .cohost)
    }

    /// The members who may become host automatically, the oldest first.
    var hostCandidates: [Member] { state.queue.filter { $0.isHere && !$0.isGuest } }

    /// The present host.
    private var host: Member? { state.queue.first { $0.role == .host && $0.isHere } }

    /// Makes a member host; the former host gets another role.
    private mutating func appoint(_ id: String, demotingTo former: MemberRole) {
        demoteHost(to: former, but: id)
        update(id) { $0.role = .host }
        withState { $0.hostAbsentSince = nil }
    }

    /// Gives all hosts but one another role.
    private mutating func demoteHost(to former: MemberRole, but id: String? = nil) {
        for other in state.queue where other.role == .host && other.id != id { update(other.id) { $0.role = former } }
    }
}
