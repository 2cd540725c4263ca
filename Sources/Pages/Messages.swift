internal import Ground

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The texts of a page in one language, by keys such as `watch.copyLink`.
struct Messages: Sendable {
    /// The texts in groups, for templates.
    let field: Field
    private let texts: [String: String]

    /// Categories of `Intl.PluralRules`; an object with such names alone is one message.
    private static let categories: Set<String> = ["zero", "one", "two", "few", "many", "other"]

    /// Reads all files of a folder.
    /// - Throws: ``PagesError`` for a file that cannot be read, a folder without English, and a language without a key of English.
    static func load(_ folder: String) throws -> [Language: Messages] {
        var found: [Language: Messages] = [:]
        for name in try Folder.names(folder) where name.hasSuffix(".json") {
            let code = String(name.dropLast(5))
            found[Language(code: code)] = try Messages(folder + "/" + name)
        }
        guard let english = found[.fallback] else { throw PagesError.unreadable(folder + "/en.json") }
        for (language, messages) in found {
            if let missing = english.keys.subtracting(messages.keys).min() {
                throw PagesError.missingMessage(language: language.code, key: missing)
            }
        }
        return found
    }

    private init(_ path: String) throws {
        let tree: Tree
        do { tree = try JSONText.decode(Tree.self, try Folder.contents(path)) } catch let error as PagesError {
            throw error
        } catch {
            throw PagesError.invalidMessages(path)
        }
        var texts: [String: String] = [:]
        tree.collect("", into: &texts)
        self.texts = texts
        field = tree.field
    }

    /// The keys of all messages; one with plural forms is one key.
    var keys: Set<String> {
        Set(
            texts.keys.map { key in
                guard let dot = key.lastIndex(of: "."), Self.categories.contains(String(key[key.index(after: dot)...]))
                else { return key }
                return String(key[..<dot])
            })
    }

    /// A text with its placeholders filled: `{title}`.
    /// - Returns: The key itself if there is no such text.
    func text(_ key: String, _ values: KeyValuePairs<String, String> = [:]) -> String {
        var rest = (texts[key] ?? key)[...]
        var filled = ""
        while let open = rest.firstIndex(of: "{") {
            filled += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}") else { break }
            let name = rest[rest.index(after: open)..<close]
            filled += values.first { $0.key == name }?.value ?? String(rest[...close])
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }

    private enum Tree: Decodable {
        case text(String)
        case group([String: Tree])

        init(from decoder: any Decoder) throws {
            let single = try decoder.singleValueContainer()
            if let text = try? single.decode(String.self) {
                self = .text(text)
            } else {
                self = .group(try single.decode([String: Tree].self))
            }
        }

        func collect(_ prefix: String, into texts: inout [String: String]) {
            switch self {
            case .text(let text): texts[prefix] = text
            case .group(let members):
                for (name, member) in members {
                    member.collect(prefix.isEmpty ? name : prefix + "." + name, into: &texts)
                }
            }
        }

        var field: Field {
            switch self {
            case .text(let text): .text(text)
            case .group(let members): .object(members.mapValues(\.field))
            }
        }
    }
}
