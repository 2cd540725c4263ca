internal import Ground

/// Chat messages, reactions, and the text that they may contain.
extension Room {
    /// Adds a chat message, unless the same command of the member has already created one.
    /// - Returns: The message's id.
    /// - Throws: ``RoomFault/memberNotFound``, ``RoomFault/muted``, ``RoomFault/slowMode``, ``RoomFault/tooLong``,
    ///   ``RoomFault/empty``.
    mutating func addMessage(_ text: String, by id: String, commandID: String?, at now: Int64) throws(RoomFault)
        -> String
    {
        let member = try member(id)
        // Before all checks: a client that did not get the answer sends the command again.
        if let commandID, let known = chat.message(of: commandID, from: id) { return known }
        if let until = member.mutedUntil, until > now { throw .muted }
        let text = try Self.clean(text, limit: RoomLimits.chatLength)
        let pause = Int64(state.settings.slowModeSeconds) * 1000
        if pause > 0, !member.role.isModerator {
            if let last = member.chattedAt, now - last < pause { throw .slowMode }
            update(id, tells: false) { $0.chattedAt = now }
        }
        // The number of the event that is recorded next: no two messages of the room have it.
        let message = ChatMessage(
            id: "msg_\(state.sequence + 1)_\(id)", from: id, name: member.name, isGuest: member.isGuest, text: text,
            position: state.playback.position(at: now), commandID: commandID)
        record(.messageSent(message))
        return message.id
    }

    /// Deletes a chat message; only its author and moderators may.
    /// - Throws: ``RoomFault/messageNotFound``, ``RoomFault/notAllowed``.
    mutating func deleteMessage(_ message: String, by id: String) throws(RoomFault) {
        let actor = try member(id)
        guard let author = chat.author(of: message) else { throw .messageNotFound }
        guard author == id || actor.role.isModerator else { throw .notAllowed }
        record(.messageDeleted(message: message, by: id))
    }

    /// Checks a reaction: it must be one emoji, and its sender must not be muted.
    /// - Returns: The emoji as members are sent it.
    /// - Throws: ``RoomFault/memberNotFound``, ``RoomFault/muted``, ``RoomFault/tooLong``, ``RoomFault/empty``,
    ///   ``RoomFault/notAnEmoji``.
    public func reaction(_ text: String, by id: String, at now: Int64) throws(RoomFault) -> String {
        let member = try member(id)
        if let until = member.mutedUntil, until > now { throw .muted }
        let emoji = try Self.clean(text, limit: RoomLimits.reactionLength)
        guard emoji.count == 1, let character = emoji.first, character.isEmoji else { throw .notAnEmoji }
        return emoji
    }

    /// Removes line breaks, control characters, direction marks and excess combining marks, and trims white space.
    /// - Throws: ``RoomFault/tooLong``, ``RoomFault/empty``.
    public static func clean(_ text: String, limit: Int) throws(RoomFault) -> String {
        guard text.unicodeScalars.count <= limit else { throw .tooLong }
        var scalars = String.UnicodeScalarView()
        var marks = 0
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark:
                marks += 1
                if marks <= RoomLimits.marksOfLetter { scalars.append(scalar) }
                continue
            case .control, .surrogate, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            // Marks that change the direction of the text after them (Unicode TR 36).
            default: scalars.append(properties.isBidiControl ? " " : scalar)
            }
            marks = 0
        }
        let cleaned = String(scalars).split(separator: " ").joined(separator: " ")
        guard cleaned.unicodeScalars.contains(where: \.isVisible) else { throw .empty }
        return cleaned
    }
}

extension Character {
    /// Whether it is shown as one emoji (UTS 51): not a digit or sign that is an emoji only in a sequence.
    fileprivate var isEmoji: Bool {
        let flagLetters: ClosedRange<Unicode.Scalar> = "\u{1F1E6}"..."\u{1F1FF}"
        let tags: ClosedRange<Unicode.Scalar> = "\u{E0020}"..."\u{E007F}"
        var (isShown, letters) = (false, 0)
        for scalar in unicodeScalars {
            switch scalar {
            case "\u{FE0F}", "\u{20E3}": isShown = true
            // The joiner, and the tag letters after a black flag.
            case "\u{200D}": continue
            case tags where unicodeScalars.first == "\u{1F3F4}": continue
            case flagLetters: letters += 1
            default:
                guard scalar.properties.isEmoji else { return false }
                if scalar.properties.isEmojiPresentation { isShown = true }
            }
        }
        return letters == 0 ? isShown : letters == 2 && unicodeScalars.count == 2
    }
}
