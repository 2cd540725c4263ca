internal import HTTPTypes
internal import Hummingbird

/// A complete or partial response of known size (RFC 9110 section 14).
struct RangeResponse: Sendable {
    /// Bytes of the whole.
    let size: Int64
    /// Its strong tag.
    let tag: String
    /// Headers that every answer has.
    let headers: HTTPFields

    /// 200, 206 or 304; `body` makes the part that is sent.
    /// - Throws: ``Problem`` with 416 if nothing of the range exists; what `body` throws.
    func response(to request: Request, body: (Range<Int64>) async throws -> ResponseBody) async throws -> Response {
        switch decide(request) {
        case .unchanged: return Response(status: .notModified, headers: marked)
        case .unsatisfiable: throw refused
        case .whole: return Response(status: .ok, headers: marked, body: try await body(0..<size))
        case .part(let range):
            return Response(status: .partialContent, headers: marked(range), body: try await body(range))
        }
    }

    /// The same for a body that is in memory.
    func response(to request: Request, body: (Range<Int64>) throws -> ResponseBody) throws -> Response {
        switch decide(request) {
        case .unchanged: return Response(status: .notModified, headers: marked)
        case .unsatisfiable: throw refused
        case .whole: return Response(status: .ok, headers: marked, body: try body(0..<size))
        case .part(let range): return Response(status: .partialContent, headers: marked(range), body: try body(range))
        }
    }

    private enum Decision {
        case whole
        case part(Range<Int64>)
        case unchanged
        case unsatisfiable
    }

    private func decide(_ request: Request) -> Decision {
        if EntityTag.matches(request.headers[values: .ifNoneMatch], tag) { return .unchanged }
        // Ranges are defined for GET alone; a changed thing is sent whole (If-Range compares strongly, 13.1.5).
        guard request.method == .get, let header = request.headers[.range],
            request.headers[.ifRange].map({ $0 == tag }) ?? true
        else { return .whole }
        switch ByteRange.parse(header, size: size) {
        case .ignored: return .whole
        case .unsatisfiable: return .unsatisfiable
        case .range(let range): return .part(range)
        }
    }

    private var marked: HTTPFields {
        var fields = headers
        fields[.eTag] = tag
        fields[.acceptRanges] = "bytes"
        return fields
    }

    private func marked(_ range: Range<Int64>) -> HTTPFields {
        var fields = marked
        fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        return fields
    }

    private var refused: Problem {
        Problem(.rangeNotSatisfiable, detail: "There are \(size) bytes.").with(.contentRange, "bytes */\(size)").with(
            .acceptRanges, "bytes")
    }
}

/// The `Range` header in bytes.
enum ByteRange: Hashable {
    /// One part of the whole.
    case range(Range<Int64>)
    /// A valid range without a byte that exists.
    case unsatisfiable
    /// Another unit, several ranges or not a range at all: the whole is sent, as the standard allows.
    case ignored

    /// Reads a header for something of `size` bytes.
    static func parse(_ header: String, size: Int64) -> ByteRange {
        guard header.utf8.count <= 256, header.lowercased().hasPrefix("bytes=") else { return .ignored }
        let text = header.dropFirst(6).filter { $0 != " " && $0 != "\t" }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, !text.contains(",") else { return .ignored }
        switch (number(ends[0]), number(ends[1])) {
        case (.none, .some(let suffix)) where ends[0].isEmpty:
            // The last `suffix` bytes.
            return suffix == 0 || size == 0 ? .unsatisfiable : .range(max(0, size - suffix)..<size)
        case (.some(let first), .none) where ends[1].isEmpty:
            return first < size ? .range(first..<size) : .unsatisfiable
        case (.some(let first), .some(let last)):
            guard first <= last else { return .ignored }
            return first < size ? .range(first..<(min(last, size - 1) + 1)) : .unsatisfiable
        default: return .ignored
        }
    }

    /// Which bytes a header asks for, where that does not depend on the size.
    /// - Returns: `nil` if it does, as for the last bytes, or if nothing is asked for. A range that is `nil` is the whole.
    static func requested(_ header: String?) -> (range: Range<Int64>?, Void)? {
        guard let header else { return (nil, ()) }
        switch parse(header, size: .max) {
        case .ignored: return (nil, ())
        case .unsatisfiable: return nil
        case .range(let range):
            let isSuffix = header.dropFirst(6).first { $0 != " " && $0 != "\t" } == "-"
            return isSuffix ? nil : (range, ())
        }
    }

    /// A number of digits alone; one that is too large for 64 bits counts as the largest.
    private static func number(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text) ?? Int64.max - 1
    }
}
