internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import MediaModel
internal import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The fields of a JSON body, taken out one by one; what is wrong is collected, so that a client learns all of it at once.
struct JSONObjectBody {
    /// Most bytes of a JSON body.
    static let limit = 64 * 1024
    /// What is looked at before anything is decoded.
    static let bounds = JSONBounds()

    private var fields: [String: JSONValue]
    private var errors: [Problem.Field] = []

    /// Reads a request's body.
    /// - Throws: ``Problem``: 415 for another type, 413 for too many bytes, 400 if it is not JSON, 422 if not an object.
    init(_ request: Request, _ context: APIContext) async throws {
        let type = MediaType(request.headers[.contentType])
        // No type, and what curl says when it is not told one, is taken for JSON if it looks like it.
        let mustLook = request.headers[.contentType] == nil || type?.isForm == true
        guard type?.isJSON == true || mustLook else { throw Problem.unsupportedType("application/json") }
        guard (request.headers[.contentEncoding] ?? "identity").lowercased() == "identity" else {
            throw Problem.unsupportedType("application/json, not compressed")
        }
        let bytes = try await request.collect(
            context, limit: Self.limit, within: context.bodyPatience, tooLarge: .tooLarge(limit: Int64(Self.limit)))
        if mustLook, type != nil, bytes.readableBytesView.first(where: { !Self.isBlank($0) }) != UInt8(ascii: "{") {
            throw Problem.unsupportedType("application/json")
        }
        try self.init(bytes)
    }

    /// Reads bytes.
    init(_ bytes: ByteBuffer) throws {
        guard bytes.readableBytesView.contains(where: { !Self.isBlank($0) }) else {
            throw Problem.malformed("The body is empty. Send a JSON object.")
        }
        guard String(validating: bytes.readableBytesView, as: UTF8.self) != nil else {
            throw Problem.malformed("The body is not UTF-8.")
        }
        do {
            try Self.bounds.check(bytes.readableBytesView)
            fields = try JSONDecoder().decode([String: JSONValue].self, from: Data(bytes.readableBytesView))
        } catch let fault as JSONBounds.Fault {
            throw Problem.malformed(Self.detail(of: fault))
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            // Members take any value, so it is the whole that is of another type.
            throw Problem.invalid("", .wrongType, "The body must be a JSON object.")
        } catch {
            throw Problem.malformed("The body is not JSON.")
        }
    }

    private static func detail(of fault: JSONBounds.Fault) -> String {
        switch fault {
        case .tooDeep: "The body has more than \(bounds.depth) arrays and objects inside each other."
        case .tooMany: "The body has more than \(bounds.values) values."
        case .notUTF8: "The body is not JSON in UTF-8."
        }
    }

    /// Takes a text that may be left out.
    /// - Parameters:
    ///   - name: The field.
    ///   - length: How many Unicode scalars it may have.
    ///   - check: Returns what is wrong with it.
    mutating func optionalText(
        _ name: String, length: ClosedRange<Int>, check: (String) -> FieldFault? = { _ in nil }
    ) -> String? {
        guard let value = fields.removeValue(forKey: name) else { return nil }
        guard case .string(let text) = value else {
            note(name, .wrongType, "Must be a string.")
            return nil
        }
        let count = text.unicodeScalars.count
        if count < length.lowerBound {
            note(name, .tooShort, "Must have at least \(length.lowerBound) characters.")
        } else if count > length.upperBound {
            note(name, .tooLong, "Must have at most \(length.upperBound) characters.")
        } else if let wrong = check(text) {
            note(name, wrong.code, wrong.detail)
        } else {
            return text
        }
        return nil
    }

    /// Takes a text that must be there; an empty one is returned if it is not, and ``finish()`` throws.
    mutating func text(
        _ name: String, length: ClosedRange<Int>, check: (String) -> FieldFault? = { _ in nil }
    ) -> String {
        guard fields[name] != nil else {
            note(name, .required, "Is missing.")
            return ""
        }
        return optionalText(name, length: length, check: check) ?? ""
    }

    /// Notes an error if the body has neither of two fields.
    mutating func requireOne(of first: String, _ second: String) {
        guard fields[first] == nil, fields[second] == nil else { return }
        note(first, .required, "Give \(first) or \(second).")
    }

    /// Takes one of some words, which may be left out.
    mutating func optionalChoice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let value = fields.removeValue(forKey: name) else { return nil }
        guard case .string(let text) = value else {
            note(name, .wrongType, "Must be a string.")
            return nil
        }
        guard let choice = Choice(rawValue: text) else {
            note(name, .unknownValue, "Must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
            return nil
        }
        return choice
    }

    /// Takes a whole number that may be left out.
    mutating func optionalInteger(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = fields.removeValue(forKey: name) else { return nil }
        guard case .number(let number) = value, number == number.rounded(), abs(number) < 1e15 else {
            note(name, .wrongType, "Must be a whole number.")
            return nil
        }
        guard range.contains(Int(number)) else {
            note(name, .outOfRange, "Must be \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return Int(number)
    }

    /// Takes a list of words that may be left out; if it is there it has at least one, and only words that are known.
    mutating func optionalTexts(_ name: String, from known: [String]) -> [String]? {
        guard let value = fields.removeValue(forKey: name) else { return nil }
        guard case .texts(let values) = value else {
            note(name, .wrongType, "Must be a list of strings.")
            return nil
        }
        let texts = values.compactMap(\.self)
        if values.isEmpty {
            note(name, .tooShort, "Must have at least one entry.")
        } else if texts.count != values.count || !texts.allSatisfy({ known.contains($0) }) {
            note(name, .unknownValue, "Must be of \(known.joined(separator: ", ")).")
        } else if Set(texts).count != texts.count {
            note(name, .repeated, "Must have each entry once.")
        } else {
            return texts
        }
        return nil
    }

    /// Ends reading.
    /// - Throws: ``Problem`` with 422 if a field is invalid or unknown.
    mutating func finish() throws {
        for name in fields.keys.sorted().prefix(16) { note(name, .unknownField, "There is no such field.") }
        if !errors.isEmpty { throw Problem.invalid(errors) }
    }

    private mutating func note(_ name: String, _ code: FieldCode, _ detail: String) {
        // RFC 6901: `~` and `/` are escaped in a pointer.
        let escaped = name.prefix(64).map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
        errors.append(.init(pointer: "/" + escaped, code: code, detail: detail))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
