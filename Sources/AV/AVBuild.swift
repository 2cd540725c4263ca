import CFFmpeg

/// What the FFmpeg that this program runs with can do.
public enum AVBuild {
    /// Its version, as it says.
    public static var version: String { String(cString: av_version_info()) }

    /// Encoders without which nothing can be published.
    public static let neededEncoders = ["libx264", "aac", "mjpeg"]

    /// Filters that some sources need.
    public static let neededFilters = ["yadif", "transpose", "hflip", "vflip", "zscale", "tonemap", "format"]

    /// Whether there is such an encoder.
    public static func hasEncoder(_ name: String) -> Bool { avcodec_find_encoder_by_name(name) != nil }

    /// Whether there is such a filter.
    public static func hasFilter(_ name: String) -> Bool { avfilter_get_by_name(name) != nil }
}
