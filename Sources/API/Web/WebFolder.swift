internal import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The web pages, read into memory once. No request reads the file system, so none can leave the folder.
///
/// A changed file is served after a restart.
struct WebFolder: Sendable {
    /// A file with its path inside the folder: `js/pages/index.js`.
    struct File: Sendable {
        let path: String
        let bytes: ByteBuffer
        let contentType: String
    }

    /// All files of known kinds; hidden ones are left out.
    let files: [File]
    private static let limit = 64 << 20

    /// Reads a folder.
    /// - Throws: ``WebFolderError``.
    init(path root: String) throws {
        var files: [File] = []
        var total = 0
        try Self.walk(root, "") { path in
            guard let contentType = Self.contentType(path) else { return }
            guard let data = FileManager.default.contents(atPath: root + "/" + path) else {
                throw WebFolderError.unreadable(root + "/" + path)
            }
            total += data.count
            guard total <= Self.limit else { throw WebFolderError.tooLarge(root) }
            files.append(File(path: path, bytes: ByteBuffer(bytes: data), contentType: contentType))
        }
        self.files = files
    }

    private static func walk(_ root: String, _ prefix: String, _ visit: (String) throws -> Void) throws {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: root + "/" + prefix) } catch {
            throw WebFolderError.unreadable(root + "/" + prefix)
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            var isFolder = false
            guard FileManager.default.fileExists(atPath: root + "/" + prefix + name, isDirectory: &isFolder) else {
                continue
            }
            if isFolder { try walk(root, prefix + name + "/", visit) } else { try visit(prefix + name) }
        }
    }

    /// The media type of a file; `nil` for a kind that is not served.
    private static func contentType(_ path: String) -> String? {
        guard let dot = path.lastIndex(of: ".") else { return nil }
        return switch path[path.index(after: dot)...].lowercased() {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "webp": "image/webp"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "webmanifest": "application/manifest+json"
        case "txt": "text/plain; charset=utf-8"
        default: nil
        }
    }
}

/// Why the web pages cannot be served.
public enum WebFolderError: Error, Sendable, CustomStringConvertible {
    /// The folder or a file in it cannot be read.
    case unreadable(String)
    /// The files have more than 64 MiB together.
    case tooLarge(String)

    /// One line for the person who starts the program.
    public var description: String {
        switch self {
        case .unreadable(let path): "cannot read the web pages at \(path)"
        case .tooLarge(let path): "\(path) has more than 64 MiB of files; is it the folder with the web pages?"
        }
    }
}
