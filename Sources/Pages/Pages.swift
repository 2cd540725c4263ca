/// The pages of the site: templates, messages in all languages, and the files that browsers load.
public struct Pages: Sendable {
    private let folder: String
    private let isDevelopment: Bool
    private let loaded: Loaded

    /// What is read from the folder.
    private struct Loaded: Sendable {
        let templates: Templates
        let messages: [Language: Messages]

        init(_ folder: String) throws {
            templates = try Templates(folder + "/templates")
            messages = try Messages.load(folder + "/messages")
        }
    }

    /// The files that pages load.
    public let assets: Assets

    /// Reads the folder `web`.
    /// - Parameter isDevelopment: Reads templates and messages again for each page, and names the sources in place of built files.
    /// - Throws: ``PagesError``.
    public init(folder: String, isDevelopment: Bool) throws {
        self.folder = folder
        self.isDevelopment = isDevelopment
        loaded = try Loaded(folder)
        assets = isDevelopment ? .sources : try Assets(built: folder + "/dist")
    }

    /// The language for a visitor; see ``Language/choose(chosen:preferences:of:)``.
    public func language(chosen: String?, preferences: String?) -> Language {
        .choose(chosen: chosen, preferences: preferences, of: Set(loaded.messages.keys))
    }

    /// A page as HTML in UTF-8.
    /// - Parameters:
    ///   - data: What the page's module starts with.
    ///   - language: One that ``language(chosen:preferences:)`` has returned.
    ///   - origin: The address of this server, such as `https://videos.example.org`; `nil` leaves addresses of pages out.
    /// - Throws: ``PagesError``; outside of development only for a build that lacks a file.
    public func render(_ page: Page, data: EmbeddedJSON, in language: Language, origin: String?) throws -> [UInt8] {
        let loaded = isDevelopment ? try Loaded(folder) : loaded
        guard let messages = loaded.messages[language] ?? loaded.messages[.fallback] else {
            throw PagesError.unreadable(folder + "/messages/en.json")
        }
        let sources = page.sources
        var files: [String: Field] = [
            "style": .text(try assets.address("css/pages/\(sources.style).css")),
            "icon": .text(try assets.address("favicon.svg")), "boot": .text(try assets.address("js/boot.js")),
        ]
        if let module = sources.module {
            files["script"] = .text(try assets.address("js/pages/\(module).js"))
            files["messages"] = .text(try assets.address("messages/\(module)/\(language.code).js"))
        }
        if sources.hasPlayer { files["player"] = .text(try assets.address("vendor/hls.js")) }
        var fields = page.fields(messages)
        fields["language"] = .text(language.code)
        fields["direction"] = .text(language.direction)
        fields["t"] = messages.field
        fields["assets"] = .object(files)
        fields["head"] = page.head(messages, origin: origin).field
        fields["data"] = .json(data)
        return try loaded.templates.render(sources.template, fields)
    }

    /// A source for browsers, as it is now: in development alone.
    /// - Parameter path: Its path in the folder: `js/pages/watch.js`. `messages/watch/en.js` is a module that exports a language.
    /// - Returns: `nil` for what is not served.
    public func source(_ path: String) -> (bytes: [UInt8], contentType: String)? {
        guard isDevelopment, let contentType = Assets.contentType(path),
            !path.split(separator: "/").contains(where: { $0.hasPrefix(".") })
        else { return nil }
        if path.hasPrefix("messages/") {
            // The built modules have the messages of one page each, this one has all.
            let name = path.dropLast(3).split(separator: "/").last.map { String($0) } ?? ""
            guard let json = try? Folder.contents("\(folder)/messages/\(name).json") else { return nil }
            return (Array("export default ".utf8) + json + Array(";\n".utf8), contentType)
        }
        guard let bytes = try? Folder.contents(folder + "/" + path) else { return nil }
        return (bytes, contentType)
    }
}
