import Foundation
import HTTPTypes
import Testing

@testable import API

/// `docs/api.md` against the declarations.
@Suite("The documentation of the API") struct DocumentationTests {
    private static let text: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return (try? String(contentsOf: root.appending(path: "docs/api.md"), encoding: .utf8)) ?? ""
    }()

    private static var tableRows: [Substring] { text.split(separator: "\n").filter { $0.hasPrefix("|") } }

    @Test("the tables of docs/api.md have every route, and no other")
    func routes() async throws {
        try await Fixture.run { fixture, _ in
            var declared: Set<String> = []
            for route in apiRoutes(fixture.services, configuration: APIConfiguration()) {
                let paths = route.operations.isEmpty ? [route.path] : route.operations.map(\.path)
                for path in paths { declared.insert("\(route.method.rawValue) \(path)") }
            }
            var documented: Set<String> = []
            let pattern = /`(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[^`? ]*)/
            for row in Self.tableRows {
                for match in row.matches(of: pattern) { documented.insert("\(match.1) \(match.2)") }
            }
            // The web pages are declared only where there is a folder with them.
            documented.subtract(["GET /", "GET /watch/{id}", "GET /embed/{id}", "GET /room.html"])
            for route in declared.subtracting(documented).sorted() {
                Issue.record("docs/api.md has no row for `\(route)`; add one to the table of its topic.")
            }
            for route in documented.subtracting(declared).sorted() {
                Issue.record("docs/api.md has a row for `\(route)`, but no route declares it; remove the row.")
            }
        }
    }

    @Test("the list of the codes of fields in docs/api.md has every code, and no other")
    func fieldCodes() throws {
        let start = try #require(Self.text.range(of: "`errors` lists invalid fields"))
        let paragraph = Self.text[start.upperBound...].components(separatedBy: "\n\n")[0]
        let list = try #require(paragraph.components(separatedBy: "the codes").last)
        let documented = Set(list.matches(of: /`([a-z0-9_]+)`/).map { String($0.1) })
        let declared = Set(FieldCode.allCases.map(\.rawValue))
        #expect(declared.subtracting(documented) == [], "docs/api.md must list these codes of fields.")
        #expect(documented.subtracting(declared) == [], "docs/api.md lists codes of fields that the API does not have.")
    }

    @Test("the table of codes in docs/api.md has every code with its status, and no other")
    func codes() {
        var documented: [String: Int] = [:]
        for row in Self.tableRows {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, let status = Int(cells[0]) else { continue }
            for match in cells[1].matches(of: /`([a-z0-9_]+)`/) { documented[String(match.1)] = status }
        }
        // The code of the reverse proxy as it is shipped.
        documented["too_many_requests"] = nil
        for code in ProblemCode.allCases where code != .refused {
            let status = documented.removeValue(forKey: code.rawValue)
            #expect(
                status == code.status.code,
                "docs/api.md must list `\(code.rawValue)` in the table of codes with the status \(code.status.code).")
        }
        for code in documented.keys.sorted() {
            Issue.record("docs/api.md lists the code `\(code)`, which the API does not have; remove it.")
        }
    }
}
