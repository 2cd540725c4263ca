import Foundation
import Testing

@testable import Pages

@Suite("Loading of pages") struct LoadingTests {
    @Test("the cookie comes before the browser's preferences, and English before nothing")
    func languages() {
        let known = Set(["en", "de", "ru", "ar"].map { Language(code: $0) })
        for (chosen, preferences, wanted) in [
            (nil, nil, "en"), ("de", "ru", "de"), ("fr", "ru", "ru"), (nil, "de-AT,de;q=0.9,en;q=0.8", "de"),
            (nil, "en;q=0.5, ru;q=0.7", "ru"), (nil, "fr, *;q=0.1", "en"), (nil, "de;q=0, ru;q=0.1", "ru"),
            (nil, "q=;;,,=", "en"), (nil, "DE", "de"), ("../en", "xx", "en"),
        ] as [(String?, String?, String)] {
            let language = Language.choose(chosen: chosen, preferences: preferences, of: known)
            #expect(language.code == wanted, "\(chosen ?? "-") \(preferences ?? "-")")
        }
        #expect(Language(code: "ar").direction == "rtl" && Language(code: "de").direction == "ltr")
    }

    @Test("a language that lacks a message of English is not served")
    func missingMessage() throws {
        try PagesFixture.withFolder { folder in
            let english = #"{"a":{"b":"B {n}","files":{"one":"{count} file","other":"{count} files"}}}"#
            try PagesFixture.write(english, folder + "/en.json")
            try PagesFixture.write(#"{"a":{"b":"Б","files":{"few":"x","other":"y"}}}"#, folder + "/ru.json")
            let loaded = try Messages.load(folder)
            #expect(loaded.count == 2 && loaded[.fallback]?.text("a.b", ["n": "{x}"]) == "B {x}")
            #expect(loaded[.fallback]?.keys == ["a.b", "a.files"])
            try PagesFixture.write(#"{"a":{"files":{"other":"y"}}}"#, folder + "/ru.json")
            #expect(throws: PagesError.missingMessage(language: "ru", key: "a.b")) { try Messages.load(folder) }
            try PagesFixture.write("[]", folder + "/ru.json")
            #expect(throws: PagesError.invalidMessages(folder + "/ru.json")) { try Messages.load(folder) }
            try FileManager.default.removeItem(atPath: folder + "/en.json")
            #expect(throws: PagesError.self) { try Messages.load(folder) }
        }
    }

    @Test("templates that cannot be parsed, and those that include nothing, are said at start")
    func templates() throws {
        try PagesFixture.withFolder { folder in
            try PagesFixture.write("{{> part}}", folder + "/page.mustache")
            #expect(throws: PagesError.missingTemplate(name: "part", from: "page")) { try Templates(folder) }
            try PagesFixture.write("\n{{#open}}", folder + "/part.mustache")
            #expect { try Templates(folder) } throws: { error in
                if case PagesError.invalidTemplate(let path, _) = error {
                    path == folder + "/part.mustache"
                } else {
                    false
                }
            }
        }
        #expect(throws: PagesError.unreadable("/nonexistent/")) { try Templates("/nonexistent") }
    }

    @Test("without built files the pages are served in development alone")
    func assets() throws {
        try PagesFixture.withFolder { folder in
            #expect(throws: PagesError.notBuilt(folder)) { try Assets(built: folder) }
            #expect("\(PagesError.notBuilt(folder))".contains("scripts/build-web"))
            try PagesFixture.write(#"{"js/pages/watch.js":"watch-1.js"}"#, folder + "/manifest.json")
            #expect(throws: PagesError.unreadable(folder + "/watch-1.js")) { try Assets(built: folder) }
            for end in ["", ".gz", ".br"] { try PagesFixture.write("x" + end, folder + "/watch-1.js" + end) }
            let assets = try Assets(built: folder)
            #expect(try assets.address("js/pages/watch.js") == "/assets/watch-1.js")
            #expect(assets.files["watch-1.js"]?.brotli == Array("x.br".utf8))
            #expect(throws: PagesError.missingAsset("js/pages/new.js")) { try assets.address("js/pages/new.js") }
        }
    }

    @Test("in development sources are served, and nothing else of the folder")
    func sources() throws {
        let pages = try PagesFixture.pages()
        #expect(pages.source("js/pages/watch.js")?.contentType == "text/javascript; charset=utf-8")
        let messages = try #require(pages.source("messages/watch/en.js")).bytes
        #expect(String(decoding: messages, as: UTF8.self).hasPrefix("export default {"))
        for path in ["messages/en.json", "package.json", "templates/layout.mustache", "js/.x.js", "js/none.js", "js"] {
            #expect(pages.source(path) == nil, "\(path)")
        }
    }
}
