internal import DequeModule

/// What happened to the chat within the last ``RoomLimits/history`` events: the rule which messages exist, and which commands of
/// clients have already created one.
struct ChatLog: Sendable {
    /// A change of the chat.
    enum Change: Sendable, Hashable {
        case sent(message: String, from: String, commandID: String?)
        case deleted(message: String)

        /// The sending of a message.
        init(sending message: ChatMessage) {
            self = .sent(message: message.id, from: message.from, commandID: message.commandID)
        }
    }

    private var entries = Deque<(sequence: Int64, change: Change)>()

    /// Takes the next event of the room.
    /// - Parameter change: What the event did to the chat; `nil` if nothing.
    mutating func append(_ change: Change?, sequence: Int64) {
        if let change { entries.append((sequence, change)) }
        // All nodes forget a message at the same event, whatever length their histories have.
        while let first = entries.first, first.sequence <= sequence - Int64(RoomLimits.history) {
            entries.removeFirst()
        }
    }

    /// The author of a message; `nil` if there is no such message, or it was deleted.
    func author(of message: String) -> String? {
        for (_, change) in entries.reversed() {
            switch change {
            case .deleted(message): return nil
            case .sent(message, let from, _): return from
            case .deleted, .sent: continue
            }
        }
        return nil
    }

    /// The id of the message that a member's command has already created, whether or not it was deleted since.
    func message(of commandID: String, from member: String) -> String? {
        for case (_, .sent(let message, member, commandID)) in entries.reversed() { return message }
        return nil
    }
}
