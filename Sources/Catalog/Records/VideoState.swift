public import SQL

/// Where a video is on its way from an empty row to a finished stream.
public enum VideoState: String, Sendable, Hashable, Codable, CaseIterable {
    /// A row without bytes.
    case draft
    /// Bytes are coming in.
    case uploading
    /// The source is complete; nothing can be watched yet.
    case processing
    /// The first segments exist; the rest is being processed.
    case playable
    /// All segments exist.
    case ready
    /// The upload cannot be processed; its code says why.
    case rejected
    /// Processing failed for good; its code says why.
    case failed
    /// Blocked by an operator. Rows keep the state of the processing beside the block; only old rows have this as theirs.
    case blocked
}

extension VideoState: StoredState {
    /// What can happen to a video.
    public enum Event: Sendable, Hashable, CaseIterable {
        /// An upload for it begins, or replaces one that has ended.
        case uploadBegan
        /// Its upload ends without a source.
        case uploadAbandoned
        /// Its source is stored.
        case sourceStored
        /// The source is rejected.
        case rejected
        /// Processing fails for good.
        case failed
        /// An operator retries a failed job before anything could be watched.
        case retried
        /// An operator retries a failed job of a video that can be watched.
        case retriedPlayable
        /// The first segments exist.
        case segmentsAvailable
        /// A generation is finished and published.
        case published
        /// Processing starts over from the source.
        case restarted
    }

    /// The state after an event; `nil` where the event is refused.
    public func after(_ event: Event) -> VideoState? {
        switch (event, self) {
        case (.uploadBegan, .draft), (.uploadBegan, .uploading): .uploading
        case (.uploadAbandoned, .uploading): .draft
        case (.sourceStored, .draft), (.sourceStored, .uploading): .processing
        case (.rejected, .draft), (.rejected, .uploading), (.rejected, .processing): .rejected
        case (.failed, .draft), (.failed, .uploading), (.failed, .processing), (.failed, .playable): .failed
        case (.retried, .failed): .processing
        case (.retriedPlayable, .failed): .playable
        case (.segmentsAvailable, .processing): .playable
        case (.published, .processing), (.published, .playable), (.published, .ready): .ready
        case (.restarted, .failed), (.restarted, .rejected), (.restarted, .processing): .processing
        case (.uploadBegan, _), (.uploadAbandoned, _), (.sourceStored, _), (.rejected, _), (.failed, _), (.retried, _),
            (.retriedPlayable, _), (.segmentsAvailable, _), (.published, _), (.restarted, _):
            nil
        }
    }
}
