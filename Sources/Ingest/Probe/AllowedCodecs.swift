/// The decoders that an upload may reach.
///
/// The list has what phones, cameras, browsers, editors and screen recorders write or wrote, and nothing else: most memory errors
/// were found in rare decoders, which are not missed.
public enum AllowedCodecs {
    /// FFmpeg's names of the video decoders.
    public static let video =
        [
            "h264", "hevc", "vp8", "vp9", "libdav1d", "av1", "libaom-av1", "mpeg1video", "mpeg2video", "mpeg4",
            "msmpeg4", "msmpeg4v2", "msmpeg4v1", "h263", "h263p", "h263i", "flv", "wmv1", "wmv2", "wmv3", "vc1",
            "prores", "dnxhd", "dvvideo", "mjpeg", "mjpegb", "theora", "png", "rawvideo", "ffv1", "cfhd", "vp3", "vp5",
            "vp6", "vp6a", "vp6f", "vp7", "jpeg2000",
        ]
        // Old QuickTime and Video for Windows files.
        + [
            "cinepak", "qtrle", "rpza", "smc", "svq1", "svq3", "8bps", "indeo2", "indeo3", "indeo4", "indeo5",
            "msvideo1", "msrle", "aic",
        ]
        // Screens.
        + ["camtasia", "tscc2", "camstudio", "zmbv", "flashsv", "flashsv2", "fraps", "mss1", "mss2", "g2m", "gif"]
        // Intermediate formats of editors.
        + [
            "huffyuv", "ffvhuff", "utvideo", guardedVideo, "lagarith", "v210", "v308", "v408", "v410", "r210", "yuv4",
        ]

    /// A decoder with a known fault in this FFmpeg; `Decoder` passes it only packets that cannot trigger the fault.
    static let guardedVideo = "magicyuv"

    /// FFmpeg's names of the audio decoders.
    public static let audio =
        [
            "aac", "aac_latm", "mp3float", "mp3", "mp3adufloat", "mp3adu", "mp2float", "mp2", "mp1float", "mp1", "ac3",
            "eac3", "opus", "libopus", "vorbis", "flac", "alac", "dca", "wmav1", "wmav2", "wmapro", "wmalossless",
            "wmavoice", "truehd", "mlp", "wavpack", "s302m", "qdm2", "qdmc", "mace3", "mace6", "tta",
        ]
        // Speech.
        + [
            "amrnb", "amrwb", "nellymoser", "speex", "libspeex", "gsm", "gsm_ms", "libgsm", "libgsm_ms", "g722",
            "g726", "g726le", "g723_1", "ilbc", "qcelp", "evrc", "truespeech",
        ]
        + [
            "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "adpcm_swf", "adpcm_yamaha", "adpcm_ct", "adpcm_ima_dk3",
            "adpcm_ima_dk4", "adpcm_ima_amv",
        ]
        + [
            "pcm_s8", "pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_u16le", "pcm_u16be", "pcm_s24le", "pcm_s24be",
            "pcm_u24le", "pcm_u24be", "pcm_s32le", "pcm_s32be", "pcm_u32le", "pcm_u32be", "pcm_s64le", "pcm_s64be",
            "pcm_f16le", "pcm_f24le", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_s8_planar",
            "pcm_s16le_planar", "pcm_s16be_planar", "pcm_s24le_planar", "pcm_s32le_planar", "pcm_alaw", "pcm_mulaw",
            "pcm_bluray", "pcm_dvd",
        ]

    /// All decoders that probing and encoding need.
    public static let all = video + audio

    /// FFmpeg's names of the text subtitle decoders; only the subtitle task may open them.
    public static let subtitles = ["mov_text", "subrip", "srt", "ass", "ssa", "webvtt"]

    /// Whether a subtitle codec (not decoder) is text that these decoders read.
    public static func isText(subtitles codec: String) -> Bool { subtitles.contains(codec) }

    /// Whether these decoders read a codec (not decoder), by its short name.
    public static func contains(codec: String) -> Bool { codecs.contains(codec) }

    /// Codecs whose decoders have another name.
    private static let codecs: Set<String> = Set(all).union([
        "dts", "flv1", "msmpeg4v3", "amr_nb", "amr_wb", "tscc", "cscd", "adpcm_g722", "adpcm_g726", "adpcm_g726le",
    ])
}
