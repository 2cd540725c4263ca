/// The decoders that an upload may reach.
///
/// A short list of what phones, cameras, browsers and editors write. Rare decoders are where most memory errors were
/// found, and nobody misses them.
public enum AllowedCodecs {
    /// FFmpeg's names of the video decoders.
    public static let video = [
        "h264", "hevc", "vp8", "vp9", "libdav1d", "av1", "libaom-av1", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4",
        "msmpeg4v2", "msmpeg4v1", "h263", "flv", "wmv1", "wmv2", "wmv3", "vc1", "prores", "dnxhd", "dvvideo", "mjpeg",
        "theora", "png", "rawvideo", "ffv1", "cfhd", "vp6f", "vp6a", "vp6",
    ]

    /// FFmpeg's names of the audio decoders.
    public static let audio = [
        "aac", "mp3float", "mp3", "mp2float", "mp2", "ac3", "eac3", "opus", "libopus", "vorbis", "flac", "alac", "dca",
        "wmav1", "wmav2", "wmapro", "wmalossless", "amrnb", "amrwb", "truehd", "mlp", "adpcm_ima_qt", "adpcm_ms",
        "adpcm_ima_wav", "nellymoser", "speex", "libspeex", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be",
        "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw",
        "pcm_bluray", "pcm_dvd",
    ]

    /// All that are needed to look at a source and to encode it.
    public static let all = video + audio

    /// FFmpeg's names of the text subtitle decoders; only the task that reads subtitles may open them.
    public static let subtitles = ["mov_text", "subrip", "srt", "ass", "ssa", "webvtt"]

    /// Whether subtitles of a codec (not decoder) are text that these can read.
    public static func isText(subtitles codec: String) -> Bool { subtitles.contains(codec) }

    /// Short names of the codecs (not decoders) that these can read.
    public static func contains(codec: String) -> Bool { codecs.contains(codec) }

    private static let codecs: Set<String> = Set(all).union(["av1", "mp3", "mp2", "opus", "dts", "flv1", "vp6f"])
}
