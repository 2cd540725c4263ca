import AV
import ChildProcess
import Foundation
import Ingest
import MediaModel
import Synchronization
import Transcoder

/// The main function of a media child: reads its request, does the work, and sends events.
///
/// All decoding of uploaded bytes happens here, in a process that has no environment and no network and opens only files of
/// its own scratch folder.
public enum MediaChild {
    /// Runs in the current folder, with the source on descriptor 3.
    /// - Returns: The exit code: 0 if the work is complete or the source is rejected, 1 otherwise.
    public static func run() -> Int32 {
        AVLog.errorsOnly()
        let events = ChildEventWriter()
        do {
            let request = try JSONDecoder().decode(
                ChildRequest.self, from: Data(contentsOf: URL(fileURLWithPath: ChildRequest.fileName)))
            // The request comes from this program. All that is read after this line is not trusted.
            let confinement = try Sandbox.enter()
            if request.requiresSandbox, !confinement.isWhole {
                events.send(.failed("a layer of the sandbox is missing, and it is required: \(confinement)"))
                return 1
            }
            do {
                events.send(.done(frames: try perform(request, events)))
            } catch {
                throw request.work.rejection(for: error) ?? error
            }
            return 0
        } catch let rejection as Rejection {
            events.send(.rejected(rejection))
            return 0
        } catch {
            events.send(.failed("\(error)"))
            return 1
        }
    }

    /// Enters the sandbox as a child does and writes its layers to standard output, for `SandboxReport`.
    /// - Returns: The exit code.
    public static func reportSandbox() -> Int32 {
        guard let found = try? Sandbox.enter(), var line = try? JSONEncoder().encode(found) else { return 1 }
        line.append(0x0a)
        return (try? FileHandle.standardOutput.write(contentsOf: line)) == nil ? 1 : 0
    }

    private static func perform(_ request: ChildRequest, _ events: ChildEventWriter) throws -> Int {
        switch request.work {
        case .head(let announced):
            try HeadProbe(limits: request.limits).run(descriptor: ChildRequest.sourceDescriptor, announced: announced)
            return 0
        case .probe(let planner):
            let probe = SourceProbe(limits: request.limits, planner: planner)
            events.send(
                .probed(
                    try probe.run(descriptor: ChildRequest.sourceDescriptor) { events.send(.event(.progress($0))) }))
            return 0
        case .video, .passthrough, .audio, .images, .subtitles: return try transcode(request, events)
        }
    }

    private static func transcode(_ request: ChildRequest, _ events: ChildEventWriter) throws -> Int {
        guard let container = SourceBytes(descriptor: ChildRequest.sourceDescriptor).container else {
            throw Rejection(.unsupportedContainer, "The source's container is no longer accepted.")
        }
        let source = SourceAccess(
            descriptor: ChildRequest.sourceDescriptor, demuxer: container.demuxer, codecs: AllowedCodecs.all,
            limits: request.limits, threads: request.threads)
        let scratch = Scratch(folder: URL(fileURLWithPath: "."))
        let sink: EventSink = { events.send(.event($0)) }
        switch request.work {
        case .head, .probe: return 0
        case .video(let plan, let range, let rungs):
            return try VideoTask(plan: plan, range: range, rungs: rungs).run(source, scratch: scratch, sink: sink)
        case .passthrough(let plan, let rung, let range):
            try PassthroughTask(plan: plan, rung: rung, range: range).run(source, scratch: scratch, sink: sink)
        case .audio(let plan, let range):
            try AudioTask(plan: plan, range: range).run(source, scratch: scratch, sink: sink)
        case .images(let plan):
            try ThumbnailTask(plan: plan).run(source, scratch: scratch, sink: sink)
        case .subtitles(let plan):
            try SubtitleTask(plan: plan, decoders: AllowedCodecs.subtitles).run(source, scratch: scratch, sink: sink)
        }
        return 0
    }
}

/// Writes events to standard output, one whole line at a time; any thread can send.
private final class ChildEventWriter: Sendable {
    private let output = Mutex(FileHandle.standardOutput)

    func send(_ event: ChildEvent) {
        output.withLock { output in
            guard var line = try? JSONEncoder().encode(event) else { return }
            line.append(0x0a)
            // If this fails the parent has exited, and this process is killed with it.
            try? output.write(contentsOf: line)
        }
    }
}
