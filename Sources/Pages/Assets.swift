internal import Ground

/// What pages load: the built files, or in development the sources.
public struct Assets: Sendable {
    /// A built file with its compressed forms.
    public struct File: Sendable {
        /// The file.
        public let bytes: [UInt8]
        /// The file in gzip's form.
        public let gzip: [UInt8]
        /// The file in brotli's form.
        public let brotli: [UInt8]
        /// Its media type.
        public let contentType: String
    }

    /// The built files by their names, which have a part of their digest; none in development.
    public let files: [String: File]
    /// The names by the paths of the sources; `nil` in development.
    private let names: [String: String]?

    /// Where built files are served.
    public static let path = "/assets/"

    /// Reads the files that `scripts/build-web` has built.
    /// - Throws: ``PagesError``.
    init(built folder: String) throws {
        let manifest: [UInt8]
        do { manifest = try Folder.contents(folder + "/manifest.json") } catch { throw PagesError.notBuilt(folder) }
        guard let names = try? JSONText.decode([String: String].self, manifest) else {
            throw PagesError.notBuilt(folder)
        }
        var files: [String: File] = [:]
        for name in names.values {
            guard let contentType = Self.contentType(name) else { continue }
            files[name] = File(
                bytes: try Folder.contents(folder + "/" + name), gzip: try Folder.contents(folder + "/\(name).gz"),
                brotli: try Folder.contents(folder + "/\(name).br"), contentType: contentType)
        }
        self.names = names
        self.files = files
    }

    private init() {
        names = nil
        files = [:]
    }

    /// The sources at their paths.
    static let sources = Assets()

    /// The path of a file on this server.
    /// - Parameter source: The path of its source: `js/pages/watch.js`.
    /// - Throws: ``PagesError/missingAsset(_:)``.
    func address(_ source: String) throws -> String {
        guard let names else { return "/" + source }
        guard let name = names[source] else { throw PagesError.missingAsset(source) }
        return Self.path + name
    }

    /// The media type of a file; `nil` for a kind that is not served.
    static func contentType(_ name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return switch name[name.index(after: dot)...] {
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "txt": "text/plain; charset=utf-8"
        default: nil
        }
    }
}
