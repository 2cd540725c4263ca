import AV
import ChildProcess
import Foundation
import Ingest
import MediaModel
import Synchronization
import Transcoder

/// The media child's whole life: read the order, do it, say what was made.
///
/// Everything that touches a stranger's bytes with a decoder happens here, in a process without an environment, a network
/// or anything to lose. It opens nothing but files of its own scratch folder.
public enum MediaChild {
    /// Runs in the current folder, with the source on descriptor 3.
    /// - Returns: The exit code: 0 if the order was carried out or the source refused, 1 otherwise.
    public static func run() -> Int32 {
        AVLog.errorsOnly()
        let voice = ChildEventWriter()
        do {
            let order = try JSONDecoder().decode(
                ChildRequest.self, from: Data(contentsOf: URL(fileURLWithPath: ChildRequest.fileName)))
            // The order is ours; the next byte is a stranger's.
            let confinement = try Sandbox.enter()
            if order.requiresSandbox, !confinement.isWhole {
                voice.say(.failed("a layer of the sandbox is missing, and it is required: \(confinement)"))
                return 1
            }
            let pictures = try ChildRefusal.translating(order.work) { try perform(order, voice) }
            voice.say(.done(pictures: pictures))
            return 0
        } catch let rejection as Rejection {
            voice.say(.rejected(rejection))
            return 0
        } catch {
            voice.say(.failed("\(error)"))
            return 1
        }
    }

    /// Enters the sandbox as a child does and says on standard output what holds it, for `SandboxReport`.
    /// - Returns: The exit code.
    public static func reportSandbox() -> Int32 {
        guard let found = try? Sandbox.enter(), var line = try? JSONEncoder().encode(found) else { return 1 }
        line.append(0x0a)
        return (try? FileHandle.standardOutput.write(contentsOf: line)) == nil ? 1 : 0
    }

    private static func perform(_ order: ChildRequest, _ voice: ChildEventWriter) throws -> Int {
        if case .probe(let planner) = order.work {
            let probe = SourceProbe(limits: order.limits, planner: planner)
            voice.say(
                .probed(
                    try probe.run(descriptor: ChildRequest.sourceDescriptor) { voice.say(.event(.progress($0))) }))
            return 0
        }
        guard let container = SourceBytes(descriptor: ChildRequest.sourceDescriptor).container else {
            throw Rejection(.unsupportedContainer, "The source's container is no longer accepted.")
        }
        let source = SourceAccess(
            descriptor: ChildRequest.sourceDescriptor, demuxer: container.demuxer, codecs: AllowedCodecs.all,
            limits: order.limits, threads: order.threads)
        let scratch = Scratch(folder: URL(fileURLWithPath: "."))
        let sink: EventSink = { voice.say(.event($0)) }
        switch order.work {
        case .probe: return 0
        case .video(let plan, let range, let rungs):
            return try VideoTask(plan: plan, range: range, rungs: rungs).run(source, scratch: scratch, sink: sink)
        case .keep(let plan, let rung, let firstSegment):
            try PassthroughTask(plan: plan, rung: rung, firstSegment: firstSegment).run(
                source, scratch: scratch, sink: sink)
        case .audio(let plan, let firstSegment):
            try AudioTask(plan: plan, firstSegment: firstSegment).run(source, scratch: scratch, sink: sink)
        case .images(let plan):
            try ThumbnailTask(plan: plan).run(source, scratch: scratch, sink: sink)
        case .subtitles(let plan):
            try SubtitleTask(plan: plan, decoders: AllowedCodecs.subtitles).run(source, scratch: scratch, sink: sink)
        }
        return 0
    }
}

/// Writes replies, one whole line at a time, from whichever thread has something to say.
private final class ChildEventWriter: Sendable {
    private let output = Mutex(FileHandle.standardOutput)

    func say(_ reply: ChildEvent) {
        output.withLock { output in
            guard var line = try? JSONEncoder().encode(reply) else { return }
            line.append(0x0a)
            // The parent is gone if this fails, and this process with it.
            try? output.write(contentsOf: line)
        }
    }
}
