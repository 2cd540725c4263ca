internal import SQL

/// The state of an upload.
public enum UploadState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Bytes are accepted.
    case open
    /// All bytes have arrived and belong to the video, or to the upload that this part will join.
    case complete
    /// The upload ended without a file. The row remains for one lifetime, so that the client learns that it is gone.
    case terminated
}

/// What happens to an upload.
public enum UploadEvent: Sendable, Hashable, CaseIterable {
    /// Bytes arrive, or the length or the expiry is set.
    case receive
    /// All bytes are in the object store, or on the disk for a part.
    case complete
    /// A newer upload takes the video that this one has left idle.
    case supersede
    /// The client ends it, or the video is deleted.
    case terminate
    /// Its lifetime is over.
    case expire
    /// It cannot be resumed, because no client has its address.
    case discard
    /// The account has too many ended uploads.
    case forget
}

/// What an event does to an upload.
public enum UploadTransition: Sendable, Hashable {
    /// The upload is in this state afterwards.
    case state(UploadState)
    /// The upload's row is deleted.
    case deleted
    /// The event is not allowed in this state, and nothing changes.
    case refused
}

extension UploadState {
    /// What an event does to an upload in this state: the transition table.
    ///
    /// The conditions in SQL statements are generated from it by ``UploadEvent/condition``.
    public func transition(on event: UploadEvent) -> UploadTransition {
        switch (self, event) {
        case (.open, .receive): .state(.open)
        case (.open, .complete): .state(.complete)
        case (.open, .supersede), (.open, .terminate), (.open, .expire): .state(.terminated)
        case (.open, .discard): .deleted
        case (.open, .forget): .refused

        // A complete upload loses only its address: its bytes belong to the video.
        case (.complete, .terminate): .state(.terminated)
        case (.complete, .expire), (.complete, .forget): .deleted
        case (.complete, .receive), (.complete, .complete), (.complete, .supersede), (.complete, .discard): .refused

        case (.terminated, .expire), (.terminated, .discard), (.terminated, .forget): .deleted
        case (.terminated, .receive), (.terminated, .complete), (.terminated, .supersede), (.terminated, .terminate):
            .refused
        }
    }
}

extension UploadEvent {
    /// The states in which the event is allowed.
    public var allowedStates: [UploadState] { UploadState.allCases.filter { $0.transition(on: self) != .refused } }

    /// The SQL condition that the event is allowed in the state of a row.
    var condition: String {
        "state IN \(sql: allowedStates)"
    }

    /// The SQL expression for the state that follows from the state of a row.
    var nextState: String {
        let branches = UploadState.allCases.compactMap { state -> String? in
            guard case .state(let next) = state.transition(on: self) else { return nil }
            return "WHEN \(sql: state) THEN \(sql: next)"
        }
        return "CASE state " + branches.joined(separator: " ") + " ELSE state END"
    }
}
