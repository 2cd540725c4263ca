import AV
public import MediaModel

/// The source of a task: an open descriptor, and what may be used to read it.
public struct SourceAccess: Sendable {
    /// The open file; stays the caller's.
    public let descriptor: Int32
    /// FFmpeg's name of the one demuxer to use.
    public let demuxer: String
    /// Decoders that may be used.
    public let codecs: [String]
    /// Caps, enforced on what is decoded as well.
    public let limits: MediaLimits
    /// Threads that a heavy decoder or filter may use.
    public let threads: Int

    /// Access to a source.
    public init(descriptor: Int32, demuxer: String, codecs: [String], limits: MediaLimits, threads: Int) {
        self.descriptor = descriptor
        self.demuxer = demuxer
        self.codecs = codecs
        self.limits = limits
        self.threads = threads
    }

    /// Opens the source to read one stream of it, from the start on with the plan's corrections of its times.
    func open(_ stream: Int, _ shifts: [TimestampShift]?) throws(AVFailure) -> Demuxer {
        var demuxer = try Demuxer(
            descriptor: descriptor, format: demuxer, codecs: codecs, maximumStreams: limits.maximumStreams)
        demuxer.select([stream])
        if let shifts { demuxer.correct(stream, by: shifts) }
        return demuxer
    }
}
