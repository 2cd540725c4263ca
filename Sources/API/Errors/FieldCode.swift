/// What is wrong with a field: the codes inside `validation_failed` and of the fields of a registration. Stable; programs compare
/// them.
enum FieldCode: String, Sendable, CaseIterable, Encodable {
    /// The field must be there.
    case required
    /// The value is of another JSON type, or no flag.
    case wrongType = "wrong_type"
    case tooShort = "too_short"
    case tooLong = "too_long"
    /// A number outside its limits.
    case outOfRange = "out_of_range"
    /// The value is none of those that are known.
    case unknownValue = "unknown_value"
    /// The document has no such field.
    case unknownField = "unknown_field"
    /// The field, or an entry of a list, is there twice.
    case repeated
    case invalidTitle = "invalid_title"
    /// Another text with characters that it must not have.
    case invalidText = "invalid_text"
    case invalidEmail = "invalid_email"
    case invalidUsername = "invalid_username"
    case weakPassword = "weak_password"
    case invalidCursor = "invalid_cursor"
    case invalidURL = "invalid_url"
    case schemeNotAllowed = "scheme_not_allowed"
    case credentialsNotAllowed = "credentials_not_allowed"
    case addressNotAllowed = "address_not_allowed"
}

/// What a rule of one field finds wrong with its value.
struct FieldFault: Sendable, Hashable {
    /// The code.
    let code: FieldCode
    /// What is wrong, in one sentence.
    let detail: String

    init(_ code: FieldCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}
