internal import Catalog
internal import Ground
internal import Logging

/// What happens without anybody doing anything.
extension LiveRoom {
    func keepTime() async {
        var (synced, swept, considered) = (around.clock.now(), around.clock.now(), around.clock.now())
        var retry = RetryBackoff()
        while !Task.isCancelled, !isOver {
            var now = around.clock.now()
            if due <= now, retry.earliest <= now {
                _ = try? await perform(.tick)
                // What is still due could not be done: trying at once again would go on without end.
                if due <= now { retry.failed(at: around.clock.now()) } else { retry.succeeded() }
            }
            if now - synced >= RoomPace.sync {
                synced = now
                if let state { broadcast("sync", SyncDocument(state.playback)) }
            }
            if now - swept >= RoomPace.sweep {
                swept = now
                await sweep()
            }
            if now - considered >= RoomPace.reconsider {
                considered = now
                await reconsider()
            }
            if sessions.isEmpty, around.clock.now() - lonelySince > RoomPace.linger { return }
            now = around.clock.now()
            let next = min(max(due, retry.earliest), synced + RoomPace.sync)
            await sleep(max(5, next - now))
        }
    }

    /// When something of the room becomes due, in milliseconds since 1970.
    private var due: Int64 { copy.flatMap { Room($0.state).nextDeadline } ?? .max }

    /// Sleeps until the time has passed or the room has changed.
    func sleep(_ milliseconds: Int64) async {
        let sleeper = Task { _ = try? await Task.sleep(for: .milliseconds(milliseconds)) }
        self.sleeper = sleeper
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
    }

    /// Finds members whose connection broke without anybody saying so, and those who are away only by mistake.
    private func sweep() async {
        guard let state else { return }
        let now = around.clock.now()
        let before = silentNodes
        silentNodes = []
        let nodes = Set(state.members.values.filter(\.isHere).map(\.node)).union([around.node])
        if nodes.count > 1, let lost = try? await around.store.lostNodes(of: nodes), !lost.isEmpty {
            // A store that does not know this node either knows nothing: it was emptied.
            if lost.contains(around.node) {
                try? await around.store.announce(node: around.node, lifetime: RoomPace.nodeLifetime)
            } else {
                // One look may fall into the moment after the store was emptied, before a node says again that it lives.
                silentNodes = lost
                let dead = lost.intersection(before)
                if !dead.isEmpty { _ = try? await perform(.nodesLost(dead)) }
            }
        }
        for member in state.members.values where member.node == around.node {
            let isConnected = sessions[member.id]?.connection == member.connection
            if isConnected, !member.isHere {
                // This node was silent for so long that others took it for dead.
                try? await around.store.announce(node: around.node, lifetime: RoomPace.nodeLifetime)
                let seat = Attachment(node: around.node, connection: member.connection)
                _ = try? await perform(.resume(member: member.id, seat))
            } else if !isConnected, member.isHere, now - member.joinedAt > RoomPace.sweep {
                // One that has just come in gets its connection in a moment.
                _ = try? await perform(.lost(member: member.id, connection: member.connection))
            }
        }
    }

    /// Looks at what the owner has chosen, and whether the room is still there.
    func reconsider() async {
        do {
            // What is played now may be another video than the row names.
            if let playing = state?.playback.video.id {
                guard try await mayBeWatched(playing) else {
                    try? await around.store.remove(id)
                    return close(.roomNotFound, reason: "video_withdrawn")
                }
                if !sessions.isEmpty {
                    try await around.store.keep(id)
                    try await around.directory.touch(id, video: playing)
                }
            }
            guard let record = try await around.directory.room(id) else {
                try? await around.store.remove(id)
                return close(.roomNotFound)
            }
            let settings = RoomSettings(record)
            if let state, settings != state.settings { _ = try? await perform(.change(settings)) }
        } catch {
            around.logger.debug("a room cannot be looked up", metadata: ["room": "\(id)", "error": "\(error)"])
        }
    }
    private func mayBeWatched(_ video: String) async throws -> Bool {
        do {
            _ = try await around.directory.video(video)
            return true
        } catch let fault as RoomFault {
            return fault != .videoNotFound
        }
    }
}
