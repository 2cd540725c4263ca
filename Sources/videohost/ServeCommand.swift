import ArgumentParser
import Foundation
import Logging
import Telemetry

/// Everything on one machine: the API, the web pages and a worker pool.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run everything on this machine; nothing has to be installed or set up beside it.")

    @Option(help: "The folder that holds everything; made if it is missing.")
    var data: String = "./var"

    @Option(help: "The address to listen on.")
    var host: String = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int = 8080

    @Option(help: "The folder with the web pages.")
    var web: String?

    @Option(help: "Bytes of the largest upload.")
    var maxUpload: Int64 = 50 << 30

    @Option(help: "Bytes of the disk that uploads leave free.")
    var reserve: Int64 = 1 << 30

    @Option(help: "Seconds for which an unfinished upload waits for more bytes.")
    var uploadLifetime: Int = 24 * 3600

    @Option(help: "Media processes at a time.")
    var slots: Int = EncodingOptions.defaultSlots

    @Option(help: "Cost of a password hash, 4…16; each step doubles the time.")
    var bcryptCost: Int = 12

    @OptionGroup var encoding: EncodingOptions

    /// How log lines look.
    enum LogFormat: String, ExpressibleByArgument, CaseIterable {
        case plain, json
    }

    /// The lowest level that is logged.
    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    @Option(help: "Log lines: plain or json.")
    var logFormat: LogFormat = .plain

    @Option(help: "Lowest level that is logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel: LogLevel = .info

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be 0…65535") }
        guard (1...256).contains(slots) else { throw ValidationError("--slots must be 1…256") }
        guard (4...16).contains(bcryptCost) else { throw ValidationError("--bcrypt-cost must be 4…16") }
        guard maxUpload > 0 else { throw ValidationError("--max-upload must be above 0") }
        guard uploadLifetime > 0 else { throw ValidationError("--upload-lifetime must be above 0") }
    }

    func run() async throws {
        let format: LineLogHandler.Format = logFormat == .json ? .json : .plain
        let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, format: format, level: level) }
        try await Server(options: self).run()
    }

    /// The folder with the web pages: the one named, or `web` beside the working folder or the program.
    var webFolder: String? {
        if let web { return web }
        let beside = URL(fileURLWithPath: OwnExecutable.path).deletingLastPathComponent().path
        return ["./web", beside + "/web", beside + "/../share/videohost/web"]
            .first { FileManager.default.fileExists(atPath: $0 + "/index.html") }
    }
}
