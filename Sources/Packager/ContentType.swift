/// MIME types of what a generation holds (Apple 10.4; RFC 8216bis 4; ISO/IEC 23009-1 annex C).
public enum ContentType {
    /// The type for a file's name, by its extension; `application/octet-stream` for all that is not served as media.
    public static func ofFile(named name: some StringProtocol) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
        switch name[name.index(after: dot)...].lowercased() {
        case "m3u8": return "application/vnd.apple.mpegurl"
        case "mpd": return "application/dash+xml"
        case "m4s": return "video/iso.segment"
        case "mp4": return "video/mp4"
        case "vtt": return "text/vtt"
        case "jpg", "jpeg": return "image/jpeg"
        case "png": return "image/png"
        case "webp": return "image/webp"
        case "json": return "application/json"
        default: return "application/octet-stream"
        }
    }
}
