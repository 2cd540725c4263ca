internal import HTTPTypes
internal import OrderedCollections

/// The description of routes in OpenAPI 3.1, put together from their declarations.
enum OpenAPIDocument {
    /// The description.
    static func json(of routes: [Route]) -> JSONNode {
        var parts = Parts()
        var paths: OrderedDictionary<String, JSONNode> = [:]
        for route in routes {
            for operation in route.operations {
                let item = paths[operation.path] ?? pathItem(operation, &parts)
                paths[operation.path] = item.merging([
                    route.method.rawValue.lowercased(): describe(operation, of: route, &parts)
                ])
            }
        }
        let tags = Route.Tag.allCases.filter { tag in routes.contains { $0.tag == tag && !$0.operations.isEmpty } }
        return .members([
            "openapi": "3.1.0", "info": info, "servers": [["url": "/"]],
            "tags": .array(tags.map(describe)),
            "paths": .object(paths.map { .init($0.key, $0.value) }),
            "components": .members([
                "securitySchemes": [
                    "bearer": [
                        "type": "http", "scheme": "bearer", "description": "The `token` of `/v1/auth/login`.",
                    ]
                ],
                "responses": .object(parts.responses.map { .init($0.key, $0.value) }),
                "schemas": .object(parts.schemas.map { .init($0.key, $0.value) }),
            ]),
        ])
    }

    private static let info: JSONNode = [
        "title": "videohost", "version": "1.0.0", "summary": "Uploads become streams.",
        "description": .string(
            "JSON in camelCase, times in RFC 3339 UTC with milliseconds. Errors are `application/problem+json` with a "
                + "stable `code`. Every GET has a HEAD, every path that exists answers OPTIONS with `Allow`; another "
                + "method gets 405 with `Allow`. Any request may be answered with one of: "
                + ProblemCode.ofEveryRoute.map { "\($0.status.code) `\($0.rawValue)`" }.joined(separator: ", ")
                + ". `X-Request-ID` of a request is echoed, or generated."),
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
    ]

    /// Answers and documents that operations refer to.
    private struct Parts {
        private(set) var responses: OrderedDictionary<String, JSONNode> = [:]
        private(set) var schemas: OrderedDictionary<String, JSONNode> = [:]

        /// A schema, after the documents that it refers to were added.
        mutating func use(_ schema: Schema) -> JSONNode {
            for document in schema.documents where schemas[document.schemaName] == nil {
                // The name is taken first: documents may refer to themselves.
                schemas[document.schemaName] = .null
                schemas[document.schemaName] = use(document.schema)
            }
            return schema.node
        }

        /// A reference to the answer with one of some codes of one status.
        mutating func use(_ codes: [ProblemCode]) -> JSONNode {
            let name = codes.map { code in
                code.rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
            }.joined(separator: "Or")
            if responses[name] == nil {
                let headers = OpenAPIDocument.describe(codes.flatMap(\.headers), &self)
                responses[name] = .members([
                    "description": .string(OpenAPIDocument.description(of: codes)), "headers": headers,
                    "content": ["application/problem+json": ["schema": use(Schema.problem(codes))]],
                ])
            }
            return ["$ref": .string("#/components/responses/" + name)]
        }
    }

    private static func describe(_ tag: Route.Tag) -> JSONNode {
        .members([
            "name": .string(tag.rawValue),
            "externalDocs": tag == .uploads ? ["url": "https://tus.io/protocols/resumable-upload"] : nil,
        ])
    }

    private static func pathItem(_ operation: Route.Operation, _ parts: inout Parts) -> JSONNode {
        let parameters = operation.parameters.filter { $0.place == .path }
        guard !parameters.isEmpty else { return [:] }
        return ["parameters": .array(parameters.map { describe($0, &parts) })]
    }

    private static func describe(_ operation: Route.Operation, of route: Route, _ parts: inout Parts) -> JSONNode {
        let parameters = operation.parameters.filter { $0.place != .path }
        let security: JSONNode? =
            route.access.needsToken ? [["bearer": []]] : route.access.readsToken ? [[:], ["bearer": []]] : nil
        return .members([
            "operationId": .string(operation.id), "tags": [.string(route.tag.rawValue)],
            "summary": .string(operation.summary), "description": operation.description.map { .string($0) },
            "security": security,
            "parameters": parameters.isEmpty ? nil : .array(parameters.map { describe($0, &parts) }),
            "requestBody": route.body.map { body in
                .members([
                    "required": true,
                    "description": body.byteLimit.map { .string("At most \($0) bytes.") },
                    "content": describe(body.content, example: body.example, &parts),
                ])
            },
            "responses": describe(answersOf: route, &parts),
        ])
    }

    private static func describe(_ parameter: Parameter, _ parts: inout Parts) -> JSONNode {
        .members([
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "required": parameter.isRequired ? true : nil, "description": parameter.summary.map { .string($0) },
            "schema": parts.use(parameter.schema),
        ])
    }

    private static func describe(
        _ content: [(mediaType: String, schema: Schema)], example: JSONNode? = nil, _ parts: inout Parts
    ) -> JSONNode {
        .object(
            content.map { mediaType, schema in
                let isJSON = MediaType(mediaType)?.isJSON == true
                return .init(
                    mediaType,
                    .members(["schema": parts.use(schema), "example": isJSON ? example : nil]))
            })
    }

    private static func describe(_ headers: [AnswerHeader], _ parts: inout Parts) -> JSONNode? {
        guard !headers.isEmpty else { return nil }
        let members = OrderedDictionary(headers.map { ($0.name, $0) }) { first, _ in first }
        return .object(
            members.values.map { header in
                .init(
                    header.name,
                    ["description": .string(header.summary), "schema": parts.use(header.schema)])
            })
    }

    private static func describe(answersOf route: Route, _ parts: inout Parts) -> JSONNode {
        var answers: [Int: JSONNode] = [:]
        let problems = Dictionary(grouping: route.problems + [.malformedRequest, .invalidTarget], by: \.status.code)
        for (status, codes) in problems.sorted(by: { $0.key < $1.key }) {
            let ordered = ProblemCode.allCases.filter { codes.contains($0) }
            answers[status] =
                route.method == .head
                // Answers to HEAD have no bodies.
                ? .members([
                    "description": .string(description(of: ordered)),
                    "headers": describe(ordered.flatMap(\.headers), &parts),
                ]) : parts.use(ordered)
        }
        for answer in route.answers {
            answers[answer.status] = .members([
                "description": .string(answer.summary), "headers": describe(answer.headers, &parts),
                "content": answer.content.isEmpty ? nil : describe(answer.content, &parts),
            ])
        }
        return .object(answers.sorted { $0.key < $1.key }.map { .init(String($0.key), $0.value) })
    }

    private static func description(of codes: [ProblemCode]) -> String {
        codes.map { "`\($0.rawValue)`: \($0.title)." }.joined(separator: " ")
    }
}
