import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import API

/// What is put together from the declarations: OpenAPI and the collection for Postman.
@Suite("Descriptions of the API") struct DescriptionTests {
    @Test("declarations agree with themselves: parameters with paths, and no operation twice")
    func declarations() async throws {
        try await Fixture.run { fixture, _ in
            let routes = apiRoutes(fixture.services, configuration: APIConfiguration())
            #expect(Set(routes.map { "\($0.method) \($0.path)" }).count == routes.count)
            let operations = routes.flatMap(\.operations)
            #expect(Set(operations.map(\.id)).count == operations.count)
            for operation in operations {
                let inPath = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }
                    .map { String($0.dropFirst().dropLast()) }
                let declared = operation.parameters.filter { $0.place == .path }.map(\.name)
                #expect(inPath == declared, "\(operation.id) must declare the parameters of its path in their order.")
            }
            for route in routes {
                let name: Comment = "\(route.method.rawValue) \(route.path)"
                #expect(Set(route.answers.map(\.status)).count == route.answers.count, name)
                #expect(!route.answers.isEmpty, name)
                let isJSON = route.body?.content.contains { MediaType($0.mediaType)?.isJSON == true } ?? false
                #expect(isJSON == (route.body?.example != nil), "\(name) needs an example of its body.")
            }
        }
    }

    @Test("OpenAPI defines everything that it refers to, and every answer with a problem names its codes")
    func openAPI() async throws {
        try await Fixture.run { _, client in
            let document = try json(try await client.send(.get, "/v1/openapi.json"))
            var references: Set<String> = []
            Self.collect(document, &references)
            #expect(references.count > 40)
            for reference in references {
                let target = reference.dropFirst(2).split(separator: "/").reduce(document as Any?) { value, key in
                    (value as? [String: Any])?[String(key)]
                }
                #expect(target is [String: Any], "\(reference) is not defined")
            }
            let parts = try #require(document["components"] as? [String: Any])
            let schemas = try #require(parts["schemas"] as? [String: Any])
            for name in schemas.keys {
                #expect(references.contains("#/components/schemas/\(name)"), "nothing refers to \(name)")
            }
            for (name, answer) in try #require(parts["responses"] as? [String: [String: Any]]) {
                #expect((answer["description"] as? String)?.contains("`") == true, "\(name)")
            }
        }
    }

    private static func collect(_ value: Any, _ references: inout Set<String>) {
        if let object = value as? [String: Any] {
            if let reference = object["$ref"] as? String { references.insert(reference) }
            for member in object.values { collect(member, &references) }
        } else if let list = value as? [Any] {
            for member in list { collect(member, &references) }
        }
    }

    @Test("the collection for Postman has the structure of format 2.1 and every operation once")
    func postman() async throws {
        try await Fixture.run { fixture, client in
            let collection = try json(try await client.send(.get, "/v1/postman.json"))
            let info = try #require(collection["info"] as? [String: Any])
            #expect(info["schema"] as? String == "https://schema.getpostman.com/json/collection/v2.1.0/collection.json")
            let variables = try #require(collection["variable"] as? [[String: Any]])
            #expect(variables.compactMap { $0["key"] as? String } == ["baseUrl", "token"])
            let operations = apiRoutes(fixture.services, configuration: APIConfiguration()).flatMap { route in
                route.operations.map { (route, $0) }
            }
            var found: [String] = []
            for folder in try #require(collection["item"] as? [[String: Any]]) {
                #expect(folder["name"] is String)
                for item in try #require(folder["item"] as? [[String: Any]]) {
                    let request = try #require(item["request"] as? [String: Any])
                    let method = try #require(request["method"] as? String)
                    let url = try #require(request["url"] as? [String: Any])
                    let path = try #require(url["path"] as? [String])
                    #expect(url["raw"] as? String == "{{baseUrl}}/" + path.joined(separator: "/"))
                    let values = url["variable"] as? [[String: Any]] ?? []
                    #expect(
                        values.compactMap { $0["key"] as? String }
                            == path.filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) })
                    let auth = try #require(request["auth"] as? [String: Any])
                    #expect(["bearer", "noauth"].contains(auth["type"] as? String))
                    #expect(request["header"] is [[String: Any]])
                    if let body = request["body"] as? [String: Any], body["mode"] as? String == "raw" {
                        let raw = try #require(body["raw"] as? String)
                        #expect((try? JSONSerialization.jsonObject(with: Data(raw.utf8))) is [String: Any])
                    }
                    found.append(
                        "\(method) /"
                            + path.map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0 }.joined(separator: "/"))
                }
            }
            #expect(found.sorted() == operations.map { "\($0.0.method.rawValue) \($0.1.path)" }.sorted())
        }
    }

    @Test("JSON keeps the order of members and escapes what must be escaped")
    func node() throws {
        let node: JSONNode = ["b": "a\"\\\n\u{1}ä/", "a": [1, true, .null, .number(0.5)]]
        #expect(String(buffer: node.bytes) == #"{"b":"a\"\\\n\u0001ä/","a":[1,true,null,0.5]}"#)
        #expect(node.merging(["b": 1]) == ["a": [1, true, .null, .number(0.5)], "b": 1])
        #expect(JSONNode.members(["x": nil, "y": 2]) == ["y": 2])
    }
}
