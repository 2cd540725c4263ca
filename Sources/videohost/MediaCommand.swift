import ArgumentParser
import ChildProcess
import Foundation
import Ingest
import Jobs
import MediaModel
import Pipeline

/// Media work without a server.
struct MediaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media", abstract: "Package a file without a server.",
        subcommands: [MediaRunCommand.self, MediaChildCommand.self, MediaSandboxCommand.self])
}

/// Packages one file into a folder.
struct MediaRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Package one file as HLS and DASH in a folder.")

    @Argument(help: "The file.")
    var file: String

    @Option(name: .customLong("out"), help: "The folder; created if it is missing.")
    var folder: String

    @OptionGroup var encoding: EncodingOptions

    @OptionGroup var children: MediaChildOptions

    @Option(help: "Media processes at a time.")
    var slots: Int = EncodingOptions.defaultSlots

    @Flag(help: "Leave out posters and storyboard.")
    var noStills = false

    @Flag(help: "Print facts as JSON.")
    var json = false

    func run() async throws {
        let scratch = NSTemporaryDirectory() + "/videohost-\(getpid())"
        var configuration = MediaProcess.Configuration(
            executable: OwnExecutable.path, scratchFolder: scratch, threads: EncodingOptions.cores)
        children.apply(to: &configuration)
        let media = MediaProcess(configuration)
        try media.clearScratch()
        defer { try? FolderTree.remove(scratch) }
        let sandbox = children.sandbox
        if sandbox.isRequired { try sandbox.check(try await sandbox.report(in: scratch)) }
        let packaging = LocalPackaging(
            media: media, settings: try encoding.settings(), slots: slots, makesThumbnails: !noStills)
        do {
            let summary = try await packaging.run(file: file, into: folder)
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
                print(String(decoding: try encoder.encode(summary), as: UTF8.self))
            } else {
                print("\(folder)/main.m3u8: \(summary.tracks.joined(separator: " ")), \(summary.byteCount) bytes")
            }
        } catch let rejection as Rejection {
            throw StartupFailure("\(rejection.code.rawValue): \(rejection.detail)", exitCode: 65)
        } catch let failure as TaskFailure {
            throw StartupFailure(
                "\(failure.code.rawValue): \(failure.detail)\n\(failure.logTail ?? "")", exitCode: 70)
        }
    }
}

/// The media child: processes one request on an untrusted source. Only this program starts it.
struct MediaChildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "child", abstract: "Execute a request of a worker.", shouldDisplay: false)

    func run() throws {
        throw ExitCode(MediaChild.run())
    }
}

/// Reports from inside the sandbox which layers are in force. Only this program starts it.
struct MediaSandboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Report how a media child is confined.", shouldDisplay: false)

    func run() throws {
        throw ExitCode(MediaChild.reportSandbox())
    }
}
