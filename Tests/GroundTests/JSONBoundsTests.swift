import Testing

@testable import Ground

@Suite("Bounds of JSON")
struct JSONBoundsTests {
    /// Bytes that say how many of them were read.
    private final class Counted: Sequence, IteratorProtocol {
        private var bytes: [UInt8].Iterator
        private(set) var read = 0

        init(_ text: String) { bytes = Array(text.utf8).makeIterator() }

        func next() -> UInt8? {
            read += 1
            return bytes.next()
        }
    }

    private func fault(_ text: String, _ bounds: JSONBounds = JSONBounds()) -> JSONBounds.Fault? {
        do throws(JSONBounds.Fault) {
            try bounds.check(text.utf8)
            return nil
        } catch { return error }
    }

    private func nested(_ levels: Int, _ inner: String = "") -> String {
        String(repeating: "[", count: levels) + inner + String(repeating: "]", count: levels)
    }

    @Test("The depth is counted to the last level that is allowed")
    func depth() {
        #expect(fault(nested(16)) == nil)
        #expect(fault(nested(17)) == .tooDeep)
        #expect(fault(#"{"a":"# + nested(15) + "}") == nil)
        #expect(fault(#"{"a":"# + nested(16) + "}") == .tooDeep)
        // Siblings are not inside each other, and closing what was never opened gives no credit.
        #expect(fault(#"[[],[],{},[{}],[]]"#, JSONBounds(depth: 3)) == nil)
        #expect(fault(String(repeating: "]", count: 100) + nested(17)) == .tooDeep)
    }

    @Test("Values are counted at all levels together")
    func values() {
        func list(_ count: Int) -> String { "[" + Array(repeating: "0", count: count).joined(separator: ",") + "]" }
        #expect(fault(list(999)) == nil)
        #expect(fault(list(1000)) == .tooMany)
        #expect(fault("[\(list(500)),\(list(600))]") == .tooMany)
        #expect(fault(#"{"a":1,"b":2}"#, JSONBounds(values: 3)) == nil)
        #expect(fault(#"{"a":1,"b":2}"#, JSONBounds(values: 2)) == .tooMany)
    }

    @Test("Brackets and commas in strings are letters")
    func strings() {
        #expect(fault("\"" + String(repeating: "[,{", count: 5000) + "\"") == nil)
        #expect(fault(#"{"a":"\"[[[[[[[[[[[[[[[[[[[[","b":"\\"}"#) == nil)
        #expect(fault(#"{"a":"\\","# + "\"b\":" + nested(20) + "}") == .tooDeep)
    }

    @Test("A zero byte is refused, so that no wider encoding hides quotes in its characters")
    func wide() {
        // As UTF-16, ≛ has the bytes of a bracket and a quote.
        let wide: [UInt8] = [0x5B, 0x22, 0x5B, 0x00]
        #expect(throws: JSONBounds.Fault.notUTF8) { try JSONBounds().check(wide) }
    }

    @Test("Work ends at the first excess, and is one look at each byte otherwise")
    func work() {
        let deep = Counted(#"{"a":"# + nested(500, Array(repeating: "1", count: 2000).joined(separator: ",")) + "}")
        #expect(throws: JSONBounds.Fault.tooDeep) { try JSONBounds().check(deep) }
        #expect(deep.read == 5 + 16)
        let wide = Counted("[" + String(repeating: "0,", count: 30_000) + "0]")
        #expect(throws: JSONBounds.Fault.tooMany) { try JSONBounds().check(wide) }
        #expect(wide.read == 2 * 999 + 1)
        let text = #"{"title":"A clip","list":[1,2,3]}"#
        let plain = Counted(text)
        #expect(throws: Never.self) { try JSONBounds().check(plain) }
        #expect(plain.read == text.utf8.count + 1)
    }
}
