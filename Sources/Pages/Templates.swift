internal import Mustache

/// The templates of all pages with their partials.
struct Templates: Sendable {
    private let library: MustacheLibrary

    /// Reads and parses all templates of a folder.
    /// - Throws: ``PagesError`` for one that cannot be read or parsed, or that includes one that does not exist.
    init(_ folder: String) throws {
        var library = MustacheLibrary()
        let files = try Folder.files(below: folder, ending: ".mustache")
        for (name, path) in files {
            let text = String(decoding: try Folder.contents(path), as: UTF8.self)
            // swift-mustache renders nothing in the place of a template that does not exist.
            for included in Self.included(by: text) where files[included] == nil {
                throw PagesError.missingTemplate(name: included, from: name)
            }
            do { try library.register(text, named: name) } catch {
                let line = (error as? MustacheTemplate.ParserError)?.context.lineNumber ?? 0
                throw PagesError.invalidTemplate(path: path, line: line)
            }
        }
        self.library = library
    }

    /// Renders a template.
    /// - Throws: ``PagesError/missingTemplate(name:from:)``.
    func render(_ name: String, _ fields: [String: Field]) throws -> [UInt8] {
        guard let text = library.render(Fields(fields: fields), withTemplate: name) else {
            throw PagesError.missingTemplate(name: name, from: "page")
        }
        return Escapes.show(text)
    }

    /// The names in `{{> name}}` and `{{<name}}`.
    private static func included(by text: String) -> [String] {
        text.matches(of: /\{\{[<>] *([a-z0-9\/-]+) *\}\}/).map { String($0.output.1) }
    }
}
