#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Reading of the folder with the pages.
enum Folder {
    /// Most bytes of a file.
    private static let limit = 16 << 20

    /// The names in a folder, in order, without hidden ones.
    /// - Throws: ``PagesError/unreadable(_:)``.
    static func names(_ path: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            throw PagesError.unreadable(path)
        }
    }

    /// The bytes of a file.
    /// - Throws: ``PagesError/unreadable(_:)``, also for a file of more than 16 MiB.
    static func contents(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path), data.count <= limit else {
            throw PagesError.unreadable(path)
        }
        return Array(data)
    }

    /// The files below a folder whose names end so, by their paths below it without that end.
    /// - Throws: ``PagesError/unreadable(_:)``.
    static func files(below root: String, ending: String, _ prefix: String = "") throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try names(root + "/" + prefix) {
            var isFolder = false
            let path = root + "/" + prefix + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
            if isFolder {
                found.merge(try files(below: root, ending: ending, prefix + name + "/")) { first, _ in first }
            } else if name.hasSuffix(ending) {
                found[prefix + name.dropLast(ending.count)] = path
            }
        }
        return found
    }
}

/// Why the pages cannot be served.
public enum PagesError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A folder or file cannot be read.
    case unreadable(String)
    /// There are no built assets.
    case notBuilt(String)
    /// The manifest lacks the file of a source.
    case missingAsset(String)
    /// A template cannot be parsed.
    case invalidTemplate(path: String, line: Int)
    /// A template includes one that does not exist.
    case missingTemplate(name: String, from: String)
    /// A file of messages is not JSON of texts in groups.
    case invalidMessages(String)
    /// A language lacks a message that English has.
    case missingMessage(language: String, key: String)

    /// One line for the person who starts the program.
    public var description: String {
        switch self {
        case .unreadable(let path): "cannot read the web pages at \(path)"
        case .notBuilt(let path):
            "there are no built web pages at \(path): run scripts/build-web, or start with --web-dev"
        case .missingAsset(let source): "the built web pages have no \(source): run scripts/build-web"
        case .invalidTemplate(let path, let line): "\(path), line \(line): this is no template"
        case .missingTemplate(let name, let from): "the template \(from) includes \(name), which does not exist"
        case .invalidMessages(let path): "\(path) is not JSON of texts in groups"
        case .missingMessage(let language, let key): "the messages of the language \(language) lack \(key)"
        }
    }
}
