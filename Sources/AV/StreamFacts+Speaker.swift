import CFFmpeg

extension StreamFacts {
    /// A loudspeaker that a track of one channel may be meant for: recorders write each into a track of its own.
    public enum Speaker: Sendable, Hashable {
        /// Front left.
        case left
        /// Front right.
        case right
        /// Front centre.
        case centre
        /// Low frequencies.
        case lowFrequency
        /// At the side or the back, left.
        case leftSurround
        /// At the side or the back, right.
        case rightSurround
        /// At the back, between the two.
        case backCentre
    }

    static func speaker(_ layout: AVChannelLayout) -> Speaker? {
        guard layout.nb_channels == 1 else { return nil }
        var copy = layout
        return switch av_channel_layout_channel_from_index(&copy, 0) {
        case AV_CHAN_FRONT_LEFT, AV_CHAN_STEREO_LEFT: .left
        case AV_CHAN_FRONT_RIGHT, AV_CHAN_STEREO_RIGHT: .right
        case AV_CHAN_FRONT_CENTER: .centre
        case AV_CHAN_LOW_FREQUENCY: .lowFrequency
        case AV_CHAN_BACK_LEFT, AV_CHAN_SIDE_LEFT: .leftSurround
        case AV_CHAN_BACK_RIGHT, AV_CHAN_SIDE_RIGHT: .rightSurround
        case AV_CHAN_BACK_CENTER: .backCentre
        default: nil
        }
    }
}
