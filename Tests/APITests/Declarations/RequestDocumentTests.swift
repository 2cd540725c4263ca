import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import API

/// The JSON bodies of all routes: their schemas, their examples and the code that reads them.
@Suite("Request documents", .timeLimit(.minutes(5))) struct RequestDocumentTests {
    @Test("the keys of an example are in the schema, each key of the schema is read, and no other is")
    func keys() async throws {
        let checked = Mutex<Set<String>>([])
        try await forEachRoute { route, fixture, client, owner in
            guard let content = route.body?.content.first(where: { MediaType($0.mediaType)?.isJSON == true }) else {
                return
            }
            let name: Comment = "\(route.method.rawValue) \(route.path)"
            let document = try #require(content.schema.documents.first, name)
            let members = try #require(document.schema.node["properties"]?.names, name)
            let example = try #require(document.example?.names, name)
            #expect(example.subtracting(members) == [], name)
            let examples = try await RouteExamples(fixture, client, owner: owner)
            var request = try #require(examples.request(for: route), name)
            request.headers.append(try await fixture.session(of: "alice"))
            // No field takes an object, so the code says whether the key is one that is read.
            for (key, code) in members.map({ ($0, "wrong_type") }) + [("x-unknown", "unknown_field")] {
                request.body = ByteBuffer(string: #"{"\#(key)":{}}"#)
                let answer = try await client.send(request)
                #expect(answer.status == .unprocessableContent, name)
                let errors = try json(answer)["errors"] as? [[String: Any]] ?? []
                let codes = errors.filter { $0["pointer"] as? String == "/\(key)" }.compactMap { $0["code"] as? String }
                #expect(codes == [code], "\(name), \(key)")
            }
            _ = checked.withLock { $0.insert(document.schemaName) }
        }
        #expect(checked.withLock(\.count) > 5)
    }
}

extension JSONNode {
    /// The value of a member of an object.
    fileprivate subscript(name: String) -> JSONNode? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The names of an object's members; `nil` for another value.
    fileprivate var names: Set<String>? {
        guard case .object(let members) = self else { return nil }
        return Set(members.map(\.name))
    }
}
