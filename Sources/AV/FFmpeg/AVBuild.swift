import CFFmpeg

/// The version and the capabilities of the FFmpeg that this program is linked with.
public enum AVBuild {
    /// FFmpeg's version string.
    public static var version: String { String(cString: av_version_info()) }

    /// Encoders that every video needs.
    public static let neededEncoders = ["libx264", "aac", "mjpeg", "libwebp"]

    /// Filters that some sources need.
    public static let neededFilters = ["yadif", "transpose", "hflip", "vflip", "zscale", "tonemap", "format"]

    /// Whether FFmpeg has an encoder of this name.
    public static func hasEncoder(_ name: String) -> Bool { avcodec_find_encoder_by_name(name) != nil }

    /// Whether FFmpeg has a filter of this name.
    public static func hasFilter(_ name: String) -> Bool { avfilter_get_by_name(name) != nil }
}

/// FFmpeg's log level; FFmpeg writes its log to standard error.
public enum AVLog {
    /// Logs errors only: the last lines of a media child's standard error are stored with its task.
    public static func errorsOnly() { av_log_set_level(AV_LOG_ERROR) }

    /// Logs nothing.
    public static func silence() { av_log_set_level(AV_LOG_QUIET) }
}
