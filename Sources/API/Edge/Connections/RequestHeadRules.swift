internal import HTTPTypes
internal import NIOHTTP1

/// Rules for heads of requests: refuses those that two programs could read in two ways.
///
/// They are checked before a head is converted to the form that routes see, which has no version, one host and a target in
/// origin form.
enum RequestHeadRules {
    /// Checks a head, and converts a target in absolute form to origin form (RFC 9112 section 3.2.2).
    /// - Returns: What is wrong with it; `nil` if it may be passed on.
    static func check(_ head: inout HTTPRequestHead) -> Problem? {
        if case .RAW(let method) = head.method, HTTPRequest.Method(method) == nil {
            return .malformed("The request's method is not valid.")
        }
        let isOld = head.version.minor == 0
        // RFC 9112 section 3.2: exactly one, except that HTTP/1.0 has no Host field.
        var hosts: [String] = []
        var codings: [String] = []
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where name.isSame("host"): hosts.append(value)
            case 17 where name.isSame("transfer-encoding"): codings.append(value)
            default: continue
            }
        }
        guard hosts.count == 1 || (isOld && hosts.isEmpty) else { return .malformed("Send exactly one Host field.") }
        guard hosts.allSatisfy({ HostName($0) != nil }) else { return .malformed("The Host field names no host.") }
        // Section 6.1: no other coding than chunked is supported, and HTTP/1.0 has none at all.
        guard codings.isEmpty || !isOld else { return .malformed("HTTP/1.0 has no Transfer-Encoding.") }
        guard codings.isEmpty || (codings.count == 1 && codings[0].lowercased() == "chunked") else {
            return Problem(
                .unsupportedTransferCoding, detail: "Transfer-Encoding may be chunked and nothing else.")
        }
        // A client of HTTP/1.0 expects one request on a connection unless it says otherwise.
        if isOld { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        return head.uri.hasPrefix("/") || (head.uri == "*" && head.method == .OPTIONS) ? nil : useAbsoluteTarget(&head)
    }

    private static func useAbsoluteTarget(_ head: inout HTTPRequestHead) -> Problem? {
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: { head.uri.lowercased().hasPrefix($0) }) else {
            return .malformed("The request's target is neither a path nor an address of this server.")
        }
        let rest = head.uri.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard HostName(String(authority)) != nil else { return .malformed("The request's target names no host.") }
        let target = rest[authority.endIndex...]
        head.uri = target.hasPrefix("/") ? String(target) : "/" + target
        head.headers.replaceOrAdd(name: "Host", value: String(authority))
        return nil
    }
}

extension String {
    /// Whether a field's name, or a word of a value, is one without regard to case.
    /// - Parameter name: Letters in lower case, and hyphens.
    func isSame(_ name: String) -> Bool { utf8.elementsEqual(name.utf8) { $0 | 0x20 == $1 } }
}

extension Problem {
    /// 408: a head, or a body that is read as a whole, was not complete in time.
    static var tooSlow: Problem {
        Problem(
            .requestTooSlow, detail: "It did not arrive in full within its time."
        ).with(.connection, "close")
    }
}
