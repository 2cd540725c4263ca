internal import HTTPTypes
internal import NIOCore
internal import OrderedCollections

/// Routes as a collection for Postman, format 2.1: a folder for each tag, with an example of each operation.
///
/// `baseUrl` and `token` are variables of the collection: set `token` to what `POST /v1/auth/login` answers.
enum PostmanCollection {
    /// The collection.
    static func json(of routes: [Route]) -> JSONNode {
        var folders: OrderedDictionary<Route.Tag, [JSONNode]> = [:]
        for tag in Route.Tag.allCases {
            for route in routes where route.tag == tag {
                folders[tag, default: []] += route.operations.map { item($0, of: route) }
            }
        }
        return [
            "info": [
                "name": "videohost",
                "description": "Set the variable `token` to the token that `POST /v1/auth/login` answers.",
                "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
            ],
            "item": .array(
                folders.filter { !$0.value.isEmpty }.map {
                    ["name": .string($0.key.rawValue), "item": .array($0.value)]
                }),
            "variable": [
                ["key": "baseUrl", "value": "http://127.0.0.1:8080", "type": "string"],
                ["key": "token", "value": "", "type": "string"],
            ],
        ]
    }

    private static func item(_ operation: Route.Operation, of route: Route) -> JSONNode {
        let headers = operation.parameters.filter { $0.place == .header }.map { field($0.name, $0.example) }
        let type = route.body?.content.first.map { field("Content-Type", $0.mediaType) }
        return [
            "name": .string(operation.summary),
            "request": .members([
                "method": .string(route.method.rawValue),
                "description": operation.description.map { .string($0) },
                "auth": route.access.readsToken
                    ? [
                        "type": "bearer",
                        "bearer": [["key": "token", "value": "{{token}}", "type": "string"]],
                    ] : ["type": "noauth"],
                "header": .array(headers + [type].compactMap(\.self)),
                "body": route.body.map { body in
                    guard let example = body.example else { return ["mode": "file", "file": [:]] }
                    return [
                        "mode": "raw", "raw": .string(String(buffer: example.bytes)),
                        "options": ["raw": ["language": "json"]],
                    ]
                },
                "url": url(operation),
            ]),
        ]
    }

    private static func url(_ operation: Route.Operation) -> JSONNode {
        let segments = operation.path.split(separator: "/").map { segment in
            segment.hasPrefix("{") ? ":" + segment.dropFirst().dropLast() : String(segment)
        }
        let query = operation.parameters.filter { $0.place == .query }
        let variables = operation.parameters.filter { $0.place == .path }
        return .members([
            "raw": .string("{{baseUrl}}/" + segments.joined(separator: "/")), "host": ["{{baseUrl}}"],
            "path": .array(segments.map { .string($0) }),
            // Fields of the query are optional, so they are switched off until somebody wants them.
            "query": query.isEmpty
                ? nil : .array(query.map { field($0.name, $0.example).merging(["disabled": true]) }),
            "variable": variables.isEmpty ? nil : .array(variables.map { field($0.name, $0.example) }),
        ])
    }

    private static func field(_ key: String, _ value: String) -> JSONNode {
        ["key": .string(key), "value": .string(value)]
    }
}
