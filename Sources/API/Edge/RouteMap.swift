internal import HTTPTypes

/// What each path has: its methods, for `Allow` and `OPTIONS`, and what pages of other origins may do; labels of metrics.
struct RouteMap: Sendable {
    private struct Entry: Sendable {
        let pattern: [Substring]
        let methods: [HTTPRequest.Method]
        let crossOrigin: CrossOrigin
    }

    private let entries: [Entry]
    private let byLabel: [String: CrossOrigin]
    /// The labels of all routes for metrics: `/v1/videos/{id}`.
    let labels: [String]

    /// The map of some routes, of whose paths no two match the same address.
    init(_ routes: [Route]) {
        let groups = Dictionary(grouping: routes, by: \.crossOriginGroup).mapValues { CrossOrigin($0) }
        func crossOrigin(of route: Route?) -> CrossOrigin {
            route.flatMap { groups[$0.crossOriginGroup] } ?? .ofNoRoute
        }
        entries = Dictionary(grouping: routes, by: \.path).map { path, routes in
            Entry(
                pattern: path.split(separator: "/"), methods: Self.methods(Set(routes.map(\.method.rawValue))),
                crossOrigin: crossOrigin(of: routes.first))
        }
        byLabel = Dictionary(routes.map { ($0.label, crossOrigin(of: $0)) }) { first, _ in first }
        labels = Set(routes.map(\.label)).sorted()
    }

    /// The methods of a path in order of name, `OPTIONS` among them; none if there is no such path.
    func methods(of path: String) -> [HTTPRequest.Method] { entry(of: path)?.methods ?? [] }

    /// What pages of other origins may do with a path.
    /// - Parameter label: The label of the route that has answered, which saves the search.
    func crossOrigin(of path: String, label: String?) -> CrossOrigin {
        label.flatMap { byLabel[$0] } ?? entry(of: path)?.crossOrigin ?? .ofNoRoute
    }

    /// Methods in order of name, with those that the server adds: `OPTIONS` to all, `HEAD` to `GET`; none for none.
    static func methods(_ declared: Set<String>) -> [HTTPRequest.Method] {
        if declared.isEmpty { return [] }
        let added: Set<String> = declared.contains("GET") ? ["OPTIONS", "HEAD"] : ["OPTIONS"]
        return declared.union(added).sorted().compactMap { HTTPRequest.Method($0) }
    }

    private func entry(of path: String) -> Entry? {
        let components = path.split(separator: "/")
        return entries.first { Self.matches($0.pattern, components) }
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
