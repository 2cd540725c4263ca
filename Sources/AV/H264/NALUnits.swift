import CFFmpeg

/// The parameter sets of an H.264 stream and the framing of its NAL units.
///
/// Units have start codes (ITU-T H.264 Annex B), as in transport streams, or a length prefix (ISO/IEC 14496-15), as in MP4
/// and Matroska. The bytes are untrusted: every length is checked.
public struct NALUnits: Sendable {
    /// Bytes of a unit's length prefix; `nil` with start codes.
    let lengthSize: Int?
    /// Sequence and picture parameter sets, in order, without framing.
    let parameterSets: [[UInt8]]
    /// Profile, constraint flags and level, as they stand in the sequence parameter set (7.3.2.1).
    public let profile: (indication: UInt8, constraints: UInt8, level: UInt8)

    /// The properties of a coded picture that follow from its NAL units.
    public struct Picture: Sendable {
        /// Whether it is an IDR picture: no later picture refers to an earlier one.
        public let isIDR: Bool
        /// Whether it contains parameter sets that the stream's header does not have.
        public let hasOtherSets: Bool
        /// Whether it contains parameter sets.
        public let hasSets: Bool
        /// Whether other pictures may refer to it.
        public let isReference: Bool
        /// The recovery point: reference frames until decoding from here on is correct (D.2.8); `nil` without one.
        public let recovery: Int?
    }

    private enum Kind {
        static let slice: UInt8 = 1
        static let idr: UInt8 = 5
        static let information: UInt8 = 6
        static let sequenceSet: UInt8 = 7
        static let pictureSet: UInt8 = 8
    }

    /// Reads a stream's header.
    /// - Returns: `nil` unless it has exactly one sequence parameter set and at least one picture parameter set.
    public init?(demuxer: borrowing Demuxer, stream: Int) {
        guard let parameters = try? demuxer.parameters(of: stream).pointee.codecpar.pointee,
            parameters.codec_id == AV_CODEC_ID_H264, let data = parameters.extradata
        else { return nil }
        self.init(header: Array(UnsafeBufferPointer(start: data, count: Int(parameters.extradata_size))))
    }

    /// Reads a header: an `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15 5.3.3.1), or parameter sets with start codes.
    public init?(header: [UInt8]) {
        var sets: [[UInt8]] = []
        if header.first == 1 {
            guard header.count > 6 else { return nil }
            var place = 5
            for mask in [0x1f, 0xff] as [UInt8] {
                guard place < header.count else { return nil }
                let count = header[place] & mask
                place += 1
                for _ in 0..<count {
                    guard place + 2 <= header.count else { return nil }
                    let end = place + 2 + Int(header[place]) << 8 + Int(header[place + 1])
                    guard end <= header.count else { return nil }
                    sets.append(Array(header[(place + 2)..<end]))
                    place = end
                }
            }
        } else {
            sets = header.withUnsafeBytes { bytes in Self.startCodeUnits(bytes).map { Array(bytes[$0]) } }
                .filter { $0.first.map { $0 & 0x1f == Kind.sequenceSet || $0 & 0x1f == Kind.pictureSet } ?? false }
        }
        let sequences = sets.filter { $0.first.map { $0 & 0x1f == Kind.sequenceSet } ?? false }
        guard sequences.count == 1, sequences[0].count >= 4, sets.count > 1 else { return nil }
        self.init(lengthSize: header.first == 1 ? Int(header[4] & 3) + 1 : nil, parameterSets: sets)
    }

    /// The number of reference frames (`max_num_ref_frames`); `nil` where it cannot be read.
    public let referenceFrames: Int?

    /// The same stream with another level in its sequence parameter set.
    ///
    /// - Parameter level: `level_idc`: the level times ten.
    public func with(level: UInt8) -> NALUnits {
        NALUnits(
            lengthSize: lengthSize,
            parameterSets: parameterSets.map { set in
                guard set.count >= 4, set[0] & 0x1f == Kind.sequenceSet, set[3] != level else { return set }
                var changed = set
                changed[3] = level
                // Level 1b is 1.1 with a flag in profiles up to Main and Extended (A.3.1).
                if set[1] < 100 { changed[2] &= ~0x10 }
                return changed
            })
    }

    /// A value from parameter sets that were checked before.
    private init(lengthSize: Int?, parameterSets: [[UInt8]]) {
        self.lengthSize = lengthSize
        self.parameterSets = parameterSets
        let sequence = parameterSets.first { $0.count >= 4 && $0[0] & 0x1f == Kind.sequenceSet } ?? [0, 0, 0, 0]
        profile = (sequence[1], sequence[2], sequence[3])
        referenceFrames = SequenceParameters(sequence)?.referenceFrames
    }

    /// The parameter sets with start codes.
    var startCodeHeader: [UInt8] { parameterSets.flatMap { [0, 0, 0, 1] + $0 } }

    /// The coded picture of a packet; `nil` if the units cannot be separated or there are no complete slices.
    public func picture(_ packet: Packet) -> Picture? {
        packet.withBytes { bytes in
            guard let units = units(bytes) else { return nil }
            var (slices, keys, sets, others, isReference) = (0, 0, false, false, false)
            var recovery: Int?
            for unit in units {
                switch bytes[unit.lowerBound] & 0x1f {
                case Kind.slice:
                    slices += 1
                    if bytes[unit.lowerBound] & 0x60 != 0 { isReference = true }
                case Kind.idr: (keys, isReference) = (keys + 1, true)
                case Kind.information: recovery = recovery ?? Self.recovery(bytes[unit])
                case 2, 3, 4: return nil  // data partitions, of the Extended profile, which browsers do not play
                case Kind.sequenceSet, Kind.pictureSet:
                    sets = true
                    if !parameterSets.contains(where: { $0.elementsEqual(bytes[unit]) }) { others = true }
                default: break
                }
            }
            guard slices + keys > 0, slices == 0 || keys == 0 else { return nil }
            return Picture(
                isIDR: keys > 0, hasOtherSets: others, hasSets: sets, isReference: isReference,
                recovery: recovery)
        }
    }

    /// The frame count of a recovery point message in an SEI unit (7.3.2.3, D.1.8).
    private static func recovery(_ unit: Slice<UnsafeRawBufferPointer>) -> Int? {
        var bytes = unit.dropFirst()
        func number() -> Int? {
            var value = 0
            while let byte = bytes.popFirst() {
                value += Int(byte)
                if byte != 0xff { return value }
            }
            return nil
        }
        while bytes.count > 2 {
            guard let kind = number(), let size = number(), size <= bytes.count else { return nil }
            guard kind == 6 else {
                bytes = bytes.dropFirst(size)
                continue
            }
            // An Exp-Golomb code (9.1) of at most 16 bits: its first bytes hold no emulation prevention.
            let bits =
                bytes.prefix(5).reduce(UInt64(0)) { ($0 << 8) | UInt64($1) } << UInt64(64 - 8 * min(5, bytes.count))
            let zeros = bits.leadingZeroBitCount
            guard zeros <= 16 else { return nil }
            return Int((bits << UInt64(zeros)) >> UInt64(63 - zeros)) - 1
        }
        return nil
    }

    /// The slices of a packet with start codes, without parameter sets and SEI.
    /// - Returns: `nil` if the units cannot be separated.
    func slices(_ packet: Packet) -> [UInt8]? {
        packet.withBytes { bytes in
            guard let units = units(bytes) else { return nil }
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count + 16)
            for unit in units where [Kind.slice, Kind.idr].contains(bytes[unit.lowerBound] & 0x1f) {
                result += [0, 0, 0, 1]
                result.append(contentsOf: bytes[unit])
            }
            return result
        }
    }

    /// The ranges of a packet's units, without empty ones.
    private func units(_ bytes: UnsafeRawBufferPointer) -> [Range<Int>]? {
        guard let lengthSize else { return Self.startCodeUnits(bytes) }
        var units: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            guard place + lengthSize <= bytes.count else { return nil }
            let length = bytes[place..<(place + lengthSize)].reduce(0) { $0 << 8 | Int($1) }
            let start = place + lengthSize
            guard length <= bytes.count - start else { return nil }
            if length > 0 { units.append(start..<(start + length)) }
            place = start + length
        }
        return units
    }

    /// The units between start codes of three or four bytes, without trailing zeros (B.1).
    private static func startCodeUnits(_ bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
        var starts: [Int] = []
        var place = 0
        while place + 3 <= bytes.count {
            if bytes[place + 2] > 1 {
                place += 3
            } else if bytes[place] == 0, bytes[place + 1] == 0, bytes[place + 2] == 1 {
                starts.append(place + 3)
                place += 3
            } else {
                place += 1
            }
        }
        return starts.enumerated().compactMap { index, start in
            var end = index + 1 < starts.count ? starts[index + 1] - 3 : bytes.count
            while end > start, bytes[end - 1] == 0 { end -= 1 }
            return end > start ? start..<end : nil
        }
    }
}

extension Packet {
    /// Calls `body` with the bytes of the payload, which are valid only during the call.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: pointer.pointee.data, count: max(0, byteCount)))
    }

    /// A packet with these bytes and the times and key flag of another packet.
    convenience init(_ bytes: [UInt8], like other: Packet) throws(AVFailure) {
        try self.init()
        try check("av_new_packet", av_new_packet(pointer, Int32(clamping: bytes.count)))
        bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress, let to = pointer.pointee.data else { return }
            UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: source.count)
        }
        pointer.pointee.flags = other.pointer.pointee.flags & AV_PKT_FLAG_KEY
        setTimes(
            presentation: other.presentationTime ?? 0, decoding: other.decodingTime ?? 0, duration: other.duration)
    }

    /// A packet with only the slices of an H.264 picture; `nil` if it cannot be read.
    /// - Throws: ``AVFailure`` when memory has run out.
    public func slicesOnly(of stream: NALUnits) throws(AVFailure) -> Packet? {
        guard let bytes = stream.slices(self), !bytes.isEmpty else { return nil }
        return try Packet(bytes, like: self)
    }
}
