import CFFmpeg

/// A compressed video frame or audio frame.
///
/// FFmpeg counts references to its payload. Reading into a packet first drops its old payload. Use a packet on one thread.
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
    /// Presentation time in ticks of its stream; `nil` where unknown.
    public var presentationTime: Int64? { Ticks.time(pointer.pointee.pts) }
    /// Decoding time in ticks of its stream; `nil` where unknown.
    public var decodingTime: Int64? { Ticks.time(pointer.pointee.dts) }
    /// Duration in ticks of its stream; 0 where unknown.
    public var duration: Int64 { Ticks.length(pointer.pointee.duration) }
    /// Whether decoding can start here.
    public var isKey: Bool { pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 }
    /// Whether an edit list excludes it: it is decoded but not presented.
    public var isDiscarded: Bool { pointer.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }
    /// Whether the container has encryption data for it (ISO/IEC 23001-7).
    public var isEncrypted: Bool {
        var size = 0
        return av_packet_get_side_data(pointer, AV_PKT_DATA_ENCRYPTION_INFO, &size) != nil
    }
    /// Its offset in the file; `nil` where unknown.
    public var position: Int64? { pointer.pointee.pos >= 0 ? pointer.pointee.pos : nil }
    /// Bytes of the payload.
    public var byteCount: Int { Int(pointer.pointee.size) }

    /// Samples that the container excludes at the front and at the end of the decoded packet.
    public var skippedSamples: (front: Int, end: Int) {
        var size = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_SKIP_SAMPLES, &size), size >= 8 else {
            return (0, 0)
        }
        func word(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(data[at + $1]) << (8 * $1) } }
        return (word(0), word(4))
    }

    /// Profile, rate and channels in the header of an ADTS frame (ISO/IEC 13818-7 6.2.1), as one number to compare; `nil`
    /// where the packet does not begin with such a header.
    public var frameHeader: Int? {
        guard pointer.pointee.size >= 7, let data = pointer.pointee.data, data[0] == 0xff, data[1] & 0xf6 == 0xf0 else {
            return nil
        }
        return Int(data[2] & 0xfd) << 8 | Int(data[3] & 0xc0)
    }

    /// The codec header that applies from this packet on, if the container changes it here; otherwise `nil`.
    public var newHeader: [UInt8]? {
        var size = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_NEW_EXTRADATA, &size), size > 0 else {
            return nil
        }
        return Array(UnsafeBufferPointer(start: data, count: size))
    }

    /// Whether the container announces new audio or video parameters here.
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

    /// The settings of a WebVTT cue as the container has them, not validated; `nil` for other packets.
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

    /// Removes side data that only the source's container can hold.
    public func dropSideData() { av_packet_free_side_data(pointer) }

    func clear() { av_packet_unref(pointer) }
}
