import Logging
import Synchronization
import Telemetry
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct LineLogHandlerTests {
    final class Lines: Sendable {
        let lines = Mutex<[String]>([])
        var last: String { lines.withLock { $0.last ?? "" } }
    }

    private func logger(_ format: LineLogHandler.Format, _ lines: Lines) -> Logger {
        Logger(label: "api") { label in
            LineLogHandler(
                label: label, format: format, level: .info, now: { 1_769_903_999_123 },
                sink: { line in lines.lines.withLock { $0.append(line) } })
        }
    }

    @Test("JSON: fixed fields, then metadata by name, each kind as itself")
    func json() {
        let lines = Lines()
        var logger = logger(.json, lines)
        logger[metadataKey: "job.id"] = "job_1"
        logger.info(
            "done",
            metadata: [
                "bytes": .stringConvertible(42), "list": ["a", "b"], "map": ["k": "v"], "ok": .stringConvertible(true),
            ])
        #expect(
            lines.last == """
                {"ts":"2026-01-31T23:59:59.123Z","level":"info","label":"api","message":"done","bytes":42,"job.id":"job_1",\
                "list":["a","b"],"map":{"k":"v"},"ok":true}

                """)
    }

    @Test("plain: time, level, label, message, pairs")
    func plain() {
        let lines = Lines()
        logger(.plain, lines).warning("disk is full", metadata: ["path": "/var lib", "left": "0"])
        #expect(lines.last == "23:59:59.123 warning api: disk is full left=0 path=\"/var lib\"\n")
    }

    @Test("text of a client cannot make a second line", arguments: LineLogHandler.Format.allCases)
    func forging(format: LineLogHandler.Format) throws {
        let lines = Lines()
        let hostile = "a\n{\"level\":\"error\"}\r\u{1B}[31m\u{2028}\"\\\u{0}"
        logger(format, lines).info("\(hostile)", metadata: ["agent": "\(hostile)", "k\n": "v"])
        let line = lines.last
        #expect(line.hasSuffix("\n"))
        #expect(!line.dropLast().unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{2028}" })
        if format == .json {
            let read = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            #expect(read["agent"] == hostile)
            #expect(read["message"] == hostile)
        }
    }

    @Test("a very long line is cut and stays JSON")
    func long() throws {
        let lines = Lines()
        logger(.json, lines).info(
            "\(String(repeating: "ä", count: 100_000))", metadata: ["x": "\(String(repeating: "y", count: 100_000))"])
        #expect(lines.last.utf8.count < 20_000)
        _ = try JSONDecoder().decode([String: String].self, from: Data(lines.last.utf8))
    }

    @Test("levels below the limit are not written")
    func levels() {
        let lines = Lines()
        logger(.plain, lines).debug("hidden")
        #expect(lines.last == "")
    }
}
