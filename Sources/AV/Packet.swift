import CFFmpeg

/// A compressed picture or piece of sound.
///
/// Reference-counted by FFmpeg; reading into one that still holds data drops that first. Belongs to one thread.
public final class Packet {
    let pointer: UnsafeMutablePointer<AVPacket>

    /// An empty packet.
    /// - Throws: ``AVFailure`` when memory has run out.
    public init() throws(AVFailure) {
        pointer = try allocated("av_packet_alloc", av_packet_alloc())
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = self.pointer
        av_packet_free(&pointer)
    }

    /// Index of its stream.
    public var streamIndex: Int { Int(pointer.pointee.stream_index) }
    /// When it is shown, in ticks of its stream; `nil` where unknown.
    public var presentationTime: Int64? { Ticks.time(pointer.pointee.pts) }
    /// When it is decoded, in ticks of its stream; `nil` where unknown.
    public var decodingTime: Int64? { Ticks.time(pointer.pointee.dts) }
    /// How long it lasts, in ticks of its stream; 0 where unknown.
    public var duration: Int64 { Ticks.length(pointer.pointee.duration) }
    /// Whether decoding can start here.
    public var isKey: Bool { pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 }
    /// Whether it is decoded but never shown, because an edit list cut it away.
    public var isDiscarded: Bool { pointer.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }
    /// Whether its container says how it is encrypted (ISO/IEC 23001-7).
    public var isEncrypted: Bool {
        var size = 0
        return av_packet_get_side_data(pointer, AV_PKT_DATA_ENCRYPTION_INFO, &size) != nil
    }
    /// Where it begins in the file; `nil` where unknown.
    public var position: Int64? { pointer.pointee.pos >= 0 ? pointer.pointee.pos : nil }
    /// Bytes of the payload.
    public var byteCount: Int { Int(pointer.pointee.size) }

    /// Samples to cut from the front and from the end of what it decodes to, as the container says.
    public var skippedSamples: (front: Int, end: Int) {
        var size = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_SKIP_SAMPLES, &size), size >= 8 else {
            return (0, 0)
        }
        func word(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(data[at + $1]) << (8 * $1) } }
        return (word(0), word(4))
    }

    /// What the header of an ADTS frame says of profile, rate and channels (ISO/IEC 13818-7 6.2.1), as a number to compare;
    /// `nil` where it does not begin with such a header.
    public var frameHeader: Int? {
        guard pointer.pointee.size >= 7, let data = pointer.pointee.data, data[0] == 0xff, data[1] & 0xf6 == 0xf0 else {
            return nil
        }
        return Int(data[2] & 0xfd) << 8 | Int(data[3] & 0xc0)
    }

    /// The header that holds from this packet on, where the container changes it in mid-stream; `nil` for all other packets.
    public var newHeader: [UInt8]? {
        var size = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_NEW_EXTRADATA, &size), size > 0 else {
            return nil
        }
        return Array(UnsafeBufferPointer(start: data, count: size))
    }

    /// Whether the container says that rate, channels or size change here.
    public var changesParameters: Bool {
        var size = 0
        return av_packet_get_side_data(pointer, AV_PKT_DATA_PARAM_CHANGE, &size) != nil && size > 0
    }

    /// The kind of the first syntactic element of an AAC frame without a header (ISO/IEC 14496-3 table 4.85): 0 for one
    /// channel, 1 for a pair; `nil` for an empty packet.
    public var firstElement: Int? {
        guard pointer.pointee.size > 0, let data = pointer.pointee.data else { return nil }
        return Int(data[0] >> 5)
    }

    /// Where a WebVTT cue is shown, as the container gives it beside the cue; not checked. `nil` for all else.
    public var webVTTSettings: String? {
        var size = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_WEBVTT_SETTINGS, &size), size > 0 else {
            return nil
        }
        return String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    }

    /// Sets both times and the duration.
    public func setTimes(presentation: Int64, decoding: Int64, duration: Int64) {
        pointer.pointee.pts = presentation
        pointer.pointee.dts = decoding
        pointer.pointee.duration = duration
    }

    /// Removes side data that only its own container could use.
    public func dropSideData() { av_packet_free_side_data(pointer) }

    func clear() { av_packet_unref(pointer) }
}
