import CFFmpeg

/// A decoder that waits for the first picture or sound of a stream.
private final class LateStream {
    var decoder: Decoder
    var packets = 0

    /// Packets after which a stream is given up.
    static let mostPackets = 256

    init(_ decoder: consuming Decoder) { self.decoder = decoder }
}

extension Demuxer {
    /// Learns what the start of the file did not tell: streams that come up later, and those of which the headers give no
    /// more than the codec, by decoding the first picture or sound of each. Reads the file to its end; for a demuxer that
    /// is used for nothing else.
    /// - Parameters:
    ///   - codecs: The decoders that may be used.
    ///   - maximumPixels: Largest picture that is allocated.
    /// - Returns: All streams by index; what could not be learnt is not ``StreamFacts/isKnown``.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func findLateStreams(codecs: [String], maximumPixels: Int) throws(AVFailure) -> [StreamFacts] {
        let known = Set(streams.filter(\.isKnown).map(\.index))
        var found: [Int: StreamFacts] = [:]
        var met: Set<Int> = []
        var waiting: [Int: LateStream] = [:]
        let packet = try Packet()
        while read(into: packet) {
            let index = packet.streamIndex
            met.insert(index)
            guard !known.contains(index), found[index] == nil else { continue }
            if waiting[index] == nil {
                guard
                    let decoder = try? Decoder(
                        demuxer: self, stream: index, allowed: codecs, threads: 1, maximumPixels: maximumPixels)
                else { continue }
                waiting[index] = LateStream(decoder)
            }
            guard let late = waiting[index], late.packets < LateStream.mostPackets else { continue }
            late.packets += 1
            _ = try late.decoder.send(packet)
            guard case .piece = try late.decoder.receive() else { continue }
            let stream = try parameters(of: index)
            try late.decoder.copyParameters(to: stream.pointee.codecpar)
            var facts = StreamFacts(stream)
            facts.isLate = true
            facts.programmes = programmes(of: index)
            found[index] = facts
        }
        return try (0..<streamCount).map { index throws(AVFailure) in
            if let late = found[index] { return late }
            var facts = streams.indices.contains(index) ? streams[index] : StreamFacts(try parameters(of: index))
            facts.isEmpty = !met.contains(index)
            return facts
        }
    }
}
