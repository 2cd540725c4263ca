internal import Catalog
internal import Ground
internal import Logging

/// How commands become changes.
extension LiveRoom {
    func carryOut() async {
        for await _ in work {
            while !waiting.isEmpty, !Task.isCancelled {
                let batch = waiting
                waiting = []
                let answers = await carryOut(batch.map(\.command))
                for (entry, answer) in zip(batch, answers) { entry.answer.resume(returning: answer) }
            }
        }
    }

    private func carryOut(_ commands: [RoomCommand]) async -> [Answer] {
        do {
            for round in 0..<Self.attempts {
                if let answers = try await attempt(commands) { return answers }
                // Nodes that all want to write at once step aside, each for another while.
                if round > 1 { try await Task.sleep(for: .milliseconds(Int.random(in: 0...2 * round))) }
            }
            return commands.map { _ in .failure(.unavailable) }
        } catch let fault as RoomFault {
            return commands.map { _ in .failure(fault) }
        } catch {
            // It may have been written; what is there now has to be looked at.
            isUncertain = true
            around.warnings.warn("a room cannot be changed", ["room": "\(id)", "error": "\(error)"])
            return commands.map { _ in .failure(.unavailable) }
        }
    }

    /// Works commands out and writes the change; `nil` if the room has been changed meanwhile.
    private func attempt(_ commands: [RoomCommand]) async throws -> [Answer]? {
        let base = try await current()
        let now = around.clock.now()
        var room = Room(base.state)
        let answers = commands.map { command -> Answer in
            switch command {
            case .chat(let member, _, let commandID?):
                if let message = base.history.message(of: commandID, from: member) { return .success(message) }
            case .deleteMessage(_, let message):
                guard base.history.has(message: message) else { return .failure(.messageNotFound) }
            default: break
            }
            return Result { () throws(RoomFault) in try room.apply(command, at: now) }
        }
        var change = RoomChange(
            base: base.version, state: room.state, isStateNew: true, events: [], history: base.history)
        guard change.state != base.state else { return answers }
        var before = base.state
        before.sequence = change.state.sequence
        change.isStateNew = before != change.state
        for (sequence, event) in room.takeEvents() {
            let stored = try StoredEvent(sequence: sequence, event, room: id, at: now)
            change.events.append(stored)
            change.history.append(stored)
        }
        guard try await write(&change) else { return nil }
        adopt(StoredRoom(version: change.base + 1, state: change.state, history: change.history))
        return answers
    }

    /// Writes a change on top of what it was worked out from.
    /// - Returns: `false` if the room is another one by now; the copy then is what is there.
    private func write(_ change: inout RoomChange) async throws -> Bool {
        // A room that has not been written yet.
        guard change.base > 0 else { return try await restore(change, over: nil) }
        switch try await around.store.commit(change) {
        case .written: return true
        case .missing:
            // The store has lost the room, and another node may have known more of it: nobody shall take the events from
            // here on for those that follow what they have.
            change.state.epoch = RandomText.base32(12)
            return try await restore(change, over: nil)
        case .conflict:
            // What another node has written may have come already.
            if let copy, copy.version > change.base { return false }
            guard let found = try await around.store.load(id) else { return false }
            guard found.state.epoch == change.state.epoch, found.version < change.base else {
                adopt(found)
                return false
            }
            // The store has come back without the last changes, as it may after a crash; the copy has them.
            change.state.epoch = RandomText.base32(12)
            return try await restore(change, over: found.version)
        }
    }

    private func restore(_ change: RoomChange, over version: Int64?) async throws -> Bool {
        if try await around.store.restore(change, over: version) { return true }
        isUncertain = true
        return false
    }

    /// The room as it is; made if it is new.
    func current() async throws -> StoredRoom {
        if copy == nil || isUncertain {
            if let found = try await around.store.load(id) { adopt(found) }
            isUncertain = false
        }
        if let copy { return copy }
        guard let record = try await around.directory.room(id) else { throw RoomFault.roomNotFound }
        let video = try await around.directory.video(record.videoID)
        return StoredRoom(
            version: 0,
            state: RoomState(
                id: id, epoch: RandomText.base32(12), settings: RoomSettings(record), video: video,
                at: around.clock.now()))
    }
}
