import ArgumentParser
import Logging
import Telemetry

/// The options of logging.
struct LogOptions: ParsableArguments {
    /// The format of log lines.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case plain, json
    }

    /// The lowest level that is logged.
    enum Level: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    @Option(help: "Log lines: plain or json.")
    var logFormat: Format = .plain

    @Option(help: "Lowest level that is logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel: Level = .info

    /// Sets up logging; call it once a process.
    func bootstrap() -> Logger {
        let format: LineLogHandler.Format = logFormat == .json ? .json : .plain
        let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, format: format, level: level) }
        return Logger(label: "videohost")
    }
}
