import Foundation
import Testing

/// Holds the arrows of `Package.swift` against the table of layers in `docs/architecture.md`.
///
/// The table is read from top to bottom: a target may depend only on targets whose rows stand below its own. Between domain
/// modules only the arrows of the second table are allowed.
@Suite("Layers")
struct LayerTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("Every target of Sources stands in the table of layers, and every row of the table is a target")
    func tableNamesAllTargets() throws {
        let rows = try Self.rows()
        let folders = try FileManager.default
            .contentsOfDirectory(at: Self.root.appending(path: "Sources"), includingPropertiesForKeys: nil)
            .map(\.lastPathComponent).filter { !$0.hasPrefix(".") }
        #expect(Set(rows) == Set(folders))
        #expect(rows.count == Set(rows).count)
    }

    @Test("A target depends only on targets whose rows stand below its own")
    func arrowsPointDown() throws {
        let place = Dictionary(uniqueKeysWithValues: try Self.rows().enumerated().map { ($1, $0) })
        let manifest = try Manifest(text: Self.text("Package.swift"))
        #expect(manifest.dependencies.count >= place.count)
        for (target, dependencies) in manifest.dependencies {
            guard let from = place[target] else { continue }
            for dependency in dependencies {
                guard let to = place[dependency] else { continue }
                #expect(from < to, "\(target) depends on \(dependency), which stands above it")
            }
        }
    }

    @Test("A domain module depends on exactly those domain modules that the table of arrows lists for it")
    func domainArrowsAreListed() throws {
        let domain = Set(try Self.rows(layers: ["domain"]))
        let allowed = try Self.arrows(below: "| domain module |")
        #expect(Set(allowed.keys) == domain)
        let manifest = try Manifest(text: Self.text("Package.swift"))
        for target in domain {
            let found = Set(try #require(manifest.dependencies[target])).intersection(domain)
            #expect(found == allowed[target], "\(target) depends on \(found.sorted())")
        }
    }

    @Test("The schema's list depends on the domain modules that declare migrations, and on no other")
    func schemaStandsAboveTables() throws {
        let manifest = try Manifest(text: Self.text("Package.swift"))
        let domain = Set(try Self.rows(layers: ["domain"]))
        let owners = domain.filter {
            FileManager.default.fileExists(atPath: Self.root.appending(path: "Sources/\($0)/\($0)Schema.swift").path)
        }
        #expect(Set(manifest.dependencies["Schema"] ?? []).intersection(domain) == owners)
    }

    @Test("A module to come may import what exists or is to come, without circles, and keeps to it once it exists")
    func modulesToComeAreOrdered() throws {
        let existing = Set(try Self.rows())
        let planned = try Self.arrows(below: "| module to come |")
        let shared: Set = ["Ground", "MediaModel", "Telemetry", "SQL"]
        #expect(planned.count == 11)
        for (module, imports) in planned { #expect(imports.isSubset(of: existing.union(planned.keys)), "\(module)") }
        var settled = existing
        while let next = planned.first(where: { !settled.contains($0.key) && $0.value.isSubset(of: settled) }) {
            settled.insert(next.key)
        }
        #expect(settled == existing.union(planned.keys), "a circle")
        let manifest = try Manifest(text: Self.text("Package.swift"))
        for (module, imports) in planned {
            guard let found = manifest.dependencies[module] else { continue }
            #expect(Set(found).isSubset(of: imports.union(shared)), "\(module) depends on \(found)")
        }
    }

    @Test("Only wrappers import C, and only the run and edge layers import Hummingbird")
    func foreignModulesStayInside() throws {
        let wrappers = Set(try Self.rows(layers: ["wrappers"]))
        let edges = Set(try Self.rows(layers: ["run", "edge"]))
        for (target, file, module) in try Self.imports() {
            if module == "CFFmpeg" || module == "CPostgres" || module == "CHiredis" || module == "CLaunch" {
                #expect(wrappers.contains(target), "\(file) imports \(module)")
            }
            if module.hasPrefix("Hummingbird") { #expect(edges.contains(target), "\(file) imports \(module)") }
        }
    }

    @Test("A manifest with an arrow that points up is seen as one")
    func upwardArrowIsSeen() throws {
        let manifest = try Manifest(
            text: """
                .target(name: "Low", dependencies: ["High", .product(name: "Logging", package: "swift-log")]),
                .target(
                    name: "High",
                    dependencies: [
                        "Other",
                    ]),
                """)
        #expect(manifest.dependencies == ["Low": ["High"], "High": ["Other"]])
    }

    // MARK: Reading

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Targets in the order of the table; those of the named layers alone if there are names.
    private static func rows(layers wanted: Set<String>? = nil) throws -> [String] {
        var layer = ""
        var targets: [String] = []
        var isInside = false
        for line in try text("docs/architecture.md").split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("| layer | target |") { isInside = true }
            guard isInside else { continue }
            guard line.hasPrefix("|") else { break }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count > 3, cells[2].hasPrefix("`") else { continue }
            if !cells[1].isEmpty { layer = cells[1] }
            guard wanted.map({ $0.contains(layer) }) ?? true else { continue }
            targets += cells[2].split(separator: "`").map(String.init).filter { !$0.allSatisfy(\.isWhitespace) }
        }
        try #require(!targets.isEmpty)
        return targets
    }

    /// The modules of a table of arrows, each with the names in its row's last cell.
    private static func arrows(below header: String) throws -> [String: Set<String>] {
        let lines = try text("docs/architecture.md").split(separator: "\n", omittingEmptySubsequences: false)
        let rows = lines.drop { !$0.hasPrefix(header) }.prefix { $0.hasPrefix("|") }.dropFirst(2)
        try #require(!rows.isEmpty)
        var arrows: [String: Set<String>] = [:]
        for row in rows {
            let cells = row.split(separator: "|").map(names)
            for module in cells.first ?? [] { arrows[module] = Set(cells.last ?? []) }
        }
        return arrows
    }

    /// The names of a cell: what stands between back quotes.
    private static func names(_ cell: Substring) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }

    /// Every import of an own source file: target, path and the module's name.
    private static func imports() throws -> [(target: String, file: String, module: String)] {
        let sources = root.appending(path: "Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
        return try paths.flatMap { path -> [(String, String, String)] in
            let target = String(path.prefix { $0 != "/" })
            return try text("Sources/" + path).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard words.count >= 2, words.first == "import" || words.dropFirst().first == "import" else {
                    return nil
                }
                return words.last.map { (target, path, String($0)) }
            }
        }
    }
}

/// The own targets of a manifest and what they depend on, read as text: enough for the one form that it is written in.
private struct Manifest {
    /// Names of own targets that a target lists; products of other packages are left out.
    var dependencies: [String: [String]] = [:]

    init(text: String) throws {
        let target = try Regex(
            #"\.(?:executableTarget|target|systemLibrary)\(\s*name: "(\w+)""#, as: (Substring, Substring).self)
        let product = try Regex(#"\.product\([^)]*\)"#)
        let list = try Regex(#"(?s)dependencies: \[(.*?)\]"#, as: (Substring, Substring).self)
        let quoted = try Regex(#""([\w-]+)""#, as: (Substring, Substring).self)
        let starts = text.matches(of: target)
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1].range.lowerBound : text.endIndex
            var body = String(text[start.range.upperBound..<end])
            // Test targets that follow belong to nobody's dependencies.
            if let test = body.range(of: ".testTarget(") { body = String(body[..<test.lowerBound]) }
            let names = body.firstMatch(of: list).map { found in
                String(found.output.1).replacing(product, with: "").matches(of: quoted).map { String($0.output.1) }
            }
            dependencies[String(start.output.1)] = names ?? []
        }
    }
}
