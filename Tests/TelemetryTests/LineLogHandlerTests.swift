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

@Suite struct TimestampTests {
    @Test(
        "instants as RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (Int64.max, "9999-12-31T23:59:59.999Z"), (Int64.min, "0000-01-01T00:00:00.000Z"),
        ])
    func text(milliseconds: Int64, expected: String) { #expect(Timestamp.text(milliseconds) == expected) }

    @Test("every day of four centuries follows the one before")
    func calendar() {
        var previous = Timestamp.text(-1).prefix(10)
        for day in 0..<Int64(146_097) {
            let text = Timestamp.text(day * 86_400_000)
            #expect(text.prefix(10) > previous)
            #expect(text.hasSuffix("T00:00:00.000Z"))
            previous = text.prefix(10)
        }
        #expect(previous == "2369-12-31")
    }
}
