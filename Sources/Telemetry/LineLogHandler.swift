internal import Glibc
public import Ground
public import Logging

/// Writes each log event as one line: as JSON for programs, or plain for people.
///
/// A line never contains a line break: control characters are escaped, so that text from a client cannot forge
/// a second event. Lines longer than `longestLine` bytes are cut.
public struct LineLogHandler: LogHandler {
    /// The format of a line.
    public enum Format: String, Sendable, CaseIterable {
        /// `{"ts":"…","level":"info","label":"…","message":"…",…metadata}`
        case json
        /// `12:34:56.789 info  api: message key=value`
        case plain
    }

    /// Metadata of every event of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Adds metadata of the current task.
    public var metadataProvider: Logger.MetadataProvider?
    /// The lowest level that is written.
    public var logLevel: Logger.Level
    private let label: String
    private let format: Format
    private let now: @Sendable () -> Int64
    private let time = LineTime()
    private let sink: @Sendable (String) -> Void
    private static let longestLine = 16 * 1024

    /// A handler.
    /// - Parameters:
    ///   - label: The logger's name.
    ///   - format: The format of a line.
    ///   - level: The lowest level that is written.
    ///   - metadataProvider: Adds metadata of the current task.
    ///   - now: Milliseconds since 1970.
    ///   - sink: Receives a line, including its line feed; called from any thread.
    public init(
        label: String, format: Format, level: Logger.Level = .info, metadataProvider: Logger.MetadataProvider? = nil,
        now: @escaping @Sendable () -> Int64 = WallClock.system.now,
        sink: @escaping @Sendable (String) -> Void = StandardError.write
    ) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.metadataProvider = metadataProvider
        self.now = now
        self.sink = sink
    }

    /// A metadata value of every event of this logger.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes an event.
    public func log(event: LogEvent) {
        var values = metadata
        if let provided = metadataProvider?.get() { values.merge(provided) { $1 } }
        if let own = event.metadata {
            if values.isEmpty { values = own } else { values.merge(own) { $1 } }
        }
        if let error = event.error { values["error"] = "\(String(describing: error))" }
        var line = ""
        line.reserveCapacity(512)
        switch format {
        case .json: json(event, values, &line)
        case .plain: plain(event, values, &line)
        }
        if line.utf8.count > Self.longestLine {
            let count = line.utf8.count
            line = ""
            json(event, ["log.cut": "\(count)"], &line)
        }
        line += "\n"
        sink(line)
    }

    private func json(_ event: LogEvent, _ values: Logger.Metadata, _ line: inout String) {
        line += "{\"ts\":\""
        line += time.text(at: now())
        line += "\",\"level\":\""
        line += event.level.rawValue
        line += "\",\"label\":"
        line += JSONString.quoted(label)
        line += ",\"message\":"
        line += JSONString.quoted(Self.cut(event.message.description))
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            line += ","
            line += JSONString.quoted(key)
            line += ":"
            line += Self.json(value)
        }
        line += "}"
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): return JSONString.quoted(text)
        case .stringConvertible(let value):
            // Numbers are written as JSON numbers, so that a program does not parse them from strings.
            if let number = value as? any BinaryInteger { return String(describing: number) }
            if let number = value as? Double, number.isFinite { return String(describing: number) }
            if let truth = value as? Bool { return truth ? "true" : "false" }
            return JSONString.quoted(value.description)
        case .array(let values): return "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let values):
            return "{"
                + values.sorted { $0.key < $1.key }.map { JSONString.quoted($0.key) + ":" + json($0.value) }
                .joined(separator: ",") + "}"
        }
    }

    private func plain(_ event: LogEvent, _ values: Logger.Metadata, _ line: inout String) {
        line += time.text(at: now()).dropFirst(11).dropLast()
        line += " "
        line += event.level.rawValue
        for _ in event.level.rawValue.utf8.count..<8 { line += " " }
        line += JSONString.escaped(label)
        line += ": "
        line += JSONString.escaped(Self.cut(event.message.description))
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            line += " "
            line += JSONString.escaped(key)
            line += "="
            line += Self.plain(value)
        }
    }

    private static func plain(_ value: Logger.MetadataValue) -> String {
        let text =
            switch value {
            case .string(let text): text
            case .stringConvertible(let value): value.description
            default: "\(value)"
            }
        return text.utf8.contains { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "=") }
            ? JSONString.quoted(text) : JSONString.escaped(text)
    }

    private static func cut(_ message: String) -> String {
        message.utf8.count <= longestLine / 2 ? message : String(message.prefix(longestLine / 8)) + "…"
    }
}

/// The stream that log lines go to.
public enum StandardError {
    /// Writes a text in one call, so that lines of several threads do not mix.
    ///
    /// Written directly and not through stdio, so that no line is lost when the program is killed. A stream that is closed or
    /// full loses the line: logging must never stop the program.
    public static let write: @Sendable (String) -> Void = { text in
        var text = text
        text.withUTF8 { bytes in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let wrote = unsafe Glibc.write(
                    STDERR_FILENO, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if wrote < 0, errno == EINTR { continue }
                guard wrote > 0 else { return }
                unsafe rest = unsafe rest.dropFirst(wrote)
            }
        }
    }
}
