/// Something that the creator of a video should know about its processing. A note does not stop a video from being served.
///
/// The raw values are stored with videos and returned by the API, so they never change. A reader of stored notes accepts
/// other values as well, which other versions may have written.
public enum VideoNote: String, Sendable, Codable, CaseIterable {
    /// The video is HDR (PQ or HLG) and was tone-mapped to SDR.
    case toneMapped = "hdr_tone_mapped"
    /// The video is interlaced and was deinterlaced.
    case deinterlaced
    /// The picture has less detail than its size, as after enlarging: rungs that would look like lower ones are not made.
    case detailBelowSize = "detail_below_size"
    /// The file has more tracks, or other programmes, than are served.
    case extraTracksIgnored = "extra_tracks_ignored"
    /// The file has audio, but no audio track can be decoded; the video is silent.
    case audioLost = "sound_lost"
    /// Some subtitle tracks are bitmaps or have an unknown codec, and are not served.
    case subtitlesIgnored = "subtitles_ignored"
    /// A part of the subtitles could not be read.
    case subtitlesIncomplete = "subtitles_incomplete"
    /// No subtitles could be read.
    case subtitlesFailed = "subtitles_failed"
    /// The file is shorter than its header says.
    case shorterThanClaimed = "shorter_than_claimed"
    /// The timestamps restart or jump; the parts are played one after the other.
    case clockRestarts = "clock_restarts"
    /// The file consists of several recordings, of which only the first could be read.
    case partsMissing = "parts_missing"
    /// Some frames could be decoded only in part.
    case damagedFrames = "damaged_frames"
    /// Some frames could not be decoded; the frame before each of them is shown for longer.
    case framesMissing = "frames_missing"
    /// No audio sample could be decoded; the rendition is silent.
    case audioUnreadable = "sound_unreadable"
    /// The cover of an audio file could not be decoded; the poster is a waveform.
    case coverUnreadable = "cover_unreadable"
    /// Posters and storyboard could not be produced.
    case thumbnailsFailed = "stills_failed"
}
