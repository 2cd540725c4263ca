import AV
public import MediaModel

/// The source of a task: an open descriptor, and the demuxer and decoders that may read it.
public struct SourceAccess: Sendable {
    /// The open file; the caller owns it.
    public let descriptor: Int32
    /// FFmpeg's name of the one demuxer to use.
    public let demuxer: String
    /// FFmpeg's names of the decoders that may be used.
    public let codecs: [String]
    /// Limits, which are also enforced while decoding.
    public let limits: MediaLimits
    /// Threads for a decoder or filter with high load.
    public let threads: Int

    /// Access to a source.
    public init(descriptor: Int32, demuxer: String, codecs: [String], limits: MediaLimits, threads: Int) {
        self.descriptor = descriptor
        self.demuxer = demuxer
        self.codecs = codecs
        self.limits = limits
        self.threads = threads
    }

    /// Opens the source for reading one stream; its times are corrected while it is read from the start.
    func open(_ stream: Int, _ shifts: [TimestampShift]?) throws(AVFailure) -> Demuxer {
        var demuxer = try Demuxer(
            descriptor: descriptor, format: demuxer, codecs: codecs, maximumStreams: limits.maximumStreams)
        demuxer.select([stream])
        if let shifts { demuxer.correct(stream, by: shifts) }
        return demuxer
    }
}
