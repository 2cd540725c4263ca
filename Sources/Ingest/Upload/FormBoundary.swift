/// The boundary of a `multipart/form-data` body (RFC 2046 section 5.1.1).
public enum FormBoundary {
    /// The boundary that a `Content-Type` names; `nil` if it is another type or the boundary is not allowed.
    public static func parse(contentType: String) -> String? {
        let type = ParameterizedValue(contentType.utf8)
        guard type.value == "multipart/form-data", let boundary = type.parameters["boundary"],
            (1...70).contains(boundary.utf8.count), !boundary.hasSuffix(" "),
            boundary.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else { return nil }
        return boundary
    }
}
