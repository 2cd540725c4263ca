import ArgumentParser
import MediaModel
import Pipeline

/// Limits of sources and of the resources of media children, for every command that starts them.
struct LimitOptions: ParsableArguments {
    private static let standard = MediaLimits()
    private static let children = MediaProcess.Configuration(executable: "", scratchFolder: "")

    @Option(help: "Longest source in seconds (too_long).")
    var maxSeconds: Int = standard.maximumSeconds

    @Option(help: "Longest side of a source's frames in samples (dimensions_too_large).")
    var maxSide: Int = standard.maximumSide

    @Option(help: "Most samples of a source's frame (dimensions_too_large).")
    var maxPixels: Int = standard.maximumPixels

    @Option(help: "Most streams of a source (too_many_streams).")
    var maxStreams: Int = standard.maximumStreams

    @Option(help: "Most frames a second of a source (frame_rate_too_high).")
    var maxFrameRate: Int = standard.maximumFrameRate

    @Option(help: "Most bytes that a byte of a source may decode to (expands_too_much).")
    var maxExpansion: Int = standard.maximumExpansion

    @Option(help: "Most seconds that a kilobyte of a source may last, beyond an hour (expands_too_much).")
    var maxSecondsPerKilobyte: Int = standard.maximumSecondsPerKilobyte

    @Option(help: "GiB of address space of a media process (child_limit); 0 for no limit.")
    var childMemory: Int = Int(children.addressSpace >> 30)

    @Option(help: "Seconds of processor time of a media process (child_limit).")
    var childCpu: Int = Int(children.cpuSeconds)

    @Option(help: "GiB that a media process may have on the scratch disk at a time (child_limit).")
    var childScratch: Int = Int(children.scratchBytes >> 30)

    @Option(help: "MiB of the scratch disk without which no media process is started: work waits (no_space).")
    var childReserve: Int = Int(children.reservedBytes >> 20)

    @Option(help: "Seconds of silence after which a media process counts as hung (child_limit).")
    var childPatience: Int = Int(children.patience.components.seconds)

    @Option(help: "Seconds of work for each second of media, beyond ten minutes, that are too many (child_limit).")
    var childSlowest: Int = Int(children.slowest)

    func validate() throws {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
            guard range.contains(value) else {
                throw ValidationError("--\(name) must be \(range.lowerBound)…\(range.upperBound)")
            }
        }
        try check("max-seconds", maxSeconds, 1...604_800)
        try check("max-side", maxSide, 16...16_384)
        try check("max-pixels", maxPixels, 256...16_384 * 16_384)
        try check("max-streams", maxStreams, 2...1000)
        try check("max-frame-rate", maxFrameRate, 1...1000)
        try check("max-expansion", maxExpansion, 1000...1_000_000_000)
        try check("max-seconds-per-kilobyte", maxSecondsPerKilobyte, 1...1_000_000)
        try check("child-memory", childMemory, 0...1024)
        try check("child-cpu", childCpu, 60...604_800)
        try check("child-scratch", childScratch, 1...1024)
        try check("child-reserve", childReserve, 0...1_048_576)
        try check("child-patience", childPatience, 5...86_400)
        try check("child-slowest", childSlowest, 1...100_000)
    }

    func apply(to configuration: inout MediaProcess.Configuration) {
        configuration.limits = MediaLimits(
            maximumSeconds: maxSeconds, maximumSide: maxSide, maximumPixels: maxPixels, maximumStreams: maxStreams,
            maximumFrameRate: maxFrameRate, maximumExpansion: maxExpansion,
            maximumSecondsPerKilobyte: maxSecondsPerKilobyte)
        configuration.addressSpace = UInt64(childMemory) << 30
        configuration.cpuSeconds = UInt64(childCpu)
        configuration.scratchBytes = UInt64(childScratch) << 30
        configuration.reservedBytes = Int64(childReserve) << 20
        configuration.patience = .seconds(childPatience)
        configuration.slowest = Double(childSlowest)
    }
}

/// All options of media children: sandbox, limits of sources, limits of resources.
struct MediaChildOptions: ParsableArguments {
    @OptionGroup var sandbox: SandboxOptions
    @OptionGroup var limits: LimitOptions

    func apply(to configuration: inout MediaProcess.Configuration) {
        sandbox.apply(to: &configuration)
        limits.apply(to: &configuration)
    }
}
