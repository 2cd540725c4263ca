extension Room {
    mutating func say(_ text: String, by id: String, commandID: String?, at now: Int64) throws(RoomFault) -> String {
        let member = try member(id)
        if let until = member.mutedUntil, until > now { throw .muted }
        let text = try Self.clean(text, limit: RoomLimits.chatLength)
        let pause = Int64(state.settings.slowModeSeconds) * 1000
        if pause > 0, !member.role.isModerator {
            if let last = member.chattedAt, now - last < pause { throw .slowMode }
            update(id, tells: false) { $0.chattedAt = now }
        }
        let message = ChatMessage(
            sequence: state.sequence + 1, member, text, position: state.playback.position(at: now),
            commandID: commandID)
        note(.said(message))
        return message.id
    }

    mutating func delete(_ message: String, by id: String) throws(RoomFault) {
        let actor = try member(id)
        guard let (sequence, author) = ChatMessage.author(of: message), sequence <= state.sequence,
            sequence > state.sequence - Int64(RoomLimits.history)
        else { throw .messageNotFound }
        guard author == id || actor.role.isModerator else { throw .notAllowed }
        note(.deleted(message: message, by: id))
    }

    /// A text without what cannot be seen or would break a line, and without white space around it.
    /// - Throws: ``RoomFault/tooLong``, ``RoomFault/empty``.
    public static func clean(_ text: String, limit: Int) throws(RoomFault) -> String {
        guard text.unicodeScalars.count <= limit else { throw .tooLong }
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            // Controls, and the marks that turn the direction of what follows (Unicode TR 36).
            let isHidden =
                scalar.properties.generalCategory == .control || scalar.properties.isBidiControl
                || scalar.properties.generalCategory == .surrogate
            kept.append(isHidden ? " " : scalar)
        }
        let words = String(kept).split(separator: " ", omittingEmptySubsequences: true)
        let cleaned = words.joined(separator: " ")
        guard
            cleaned.unicodeScalars.contains(where: {
                !$0.properties.isWhitespace && !$0.properties.isDefaultIgnorableCodePoint
            })
        else { throw .empty }
        return cleaned
    }
}
