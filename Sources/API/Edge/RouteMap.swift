internal import HTTPTypes

/// Which methods each path has, for `Allow`, `OPTIONS` and labels of metrics.
struct RouteMap: Sendable {
    private struct Entry: Sendable {
        let pattern: [Substring]
        var methods: Set<String>
    }

    private var entries: [Entry] = []
    /// The labels of all routes for metrics: `/v1/videos/{id}`.
    let labels: [String]

    init(_ routes: [Route]) {
        self.init(routes.map { ($0.path, $0.method) }, labels: Set(routes.map(\.label)).sorted())
    }

    init(_ routes: [(path: String, method: HTTPRequest.Method)], labels: [String] = []) {
        var methods: [String: Set<String>] = [:]
        for route in routes { methods[route.path, default: []].insert(route.method.rawValue) }
        self.labels = labels
        entries = methods.map { Entry(pattern: $0.key.split(separator: "/"), methods: $0.value) }
    }

    /// The methods of a path in order of name, `OPTIONS` among them; none if there is no such path.
    func methods(of path: String) -> [HTTPRequest.Method] {
        let components = path.split(separator: "/")
        var found: Set<String> = []
        for entry in entries where Self.matches(entry.pattern, components) { found.formUnion(entry.methods) }
        if found.isEmpty { return [] }
        found.insert("OPTIONS")
        if found.contains("GET") { found.insert("HEAD") }
        return found.sorted().compactMap { HTTPRequest.Method($0) }
    }

    private static func matches(_ pattern: [Substring], _ components: [Substring]) -> Bool {
        for (index, part) in pattern.enumerated() {
            if part == "**" { return components.count > index }
            guard index < components.count else { return false }
            if part.hasPrefix("{") || part.hasPrefix(":") || part == "*" { continue }
            guard part == components[index] else { return false }
        }
        return pattern.count == components.count
    }
}
