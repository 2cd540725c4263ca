extension SQLFailure {
    /// The failure for an error of PostgreSQL, with a message for the operator.
    /// - Parameters:
    ///   - state: The server's SQLSTATE; empty if the connection was lost.
    ///   - reason: The server's message.
    ///   - place: The database's address without its password.
    init(postgreSQL state: String, _ reason: String, at place: String, sql: String? = nil) {
        let code = Self.code(state)
        let message =
            switch code {
            case .busy: "The database \(place) is busy (\(reason)): try again."
            case .timeout: "A statement took longer than allowed (\(reason))."
            case .unavailable:
                "The database \(place) cannot be reached (\(reason)): check that the server runs and its address."
            case .accessDenied:
                "The database \(place) refuses access (\(reason)): check user, password and the user's rights."
            case .full: "The database server of \(place) has no space left (\(reason)): free some, then try again."
            case .readOnly: "The database \(place) cannot be written (\(reason)): choose the primary server."
            case .notFound: "There is no such database (\(reason)): create it, or correct the address \(place)."
            case .corrupt: "The database \(place) is damaged (\(reason)): restore a backup."
            case .io: "The disk under the database \(place) failed (\(reason))."
            case .misuse where state == "42P18":
                "A statement is wrong: \(reason); a null needs a type there, as in CAST($1 AS TEXT)."
            case .misuse: "A statement is wrong: \(reason)."
            case .other: "The database \(place) failed: \(reason) (\(state))."
            default: "\(reason)."
            }
        self.init(code, message, sql: sql)
    }

    /// The code of an SQLSTATE; see the server's manual, appendix A.
    private static func code(_ state: String) -> Code {
        switch state {
        case "23505": .constraint(.unique)
        case "23503", "23001": .constraint(.foreignKey)
        case "23502": .constraint(.notNull)
        case "40001", "40P01", "55P03", "53300": .busy
        case "57014": .timeout
        case "53100", "53200", "53400": .full
        case "25006": .readOnly
        case "42P01": .tableMissing
        case "42501": .accessDenied
        case "3D000": .notFound
        case "22021", "22P05": .unstorableText
        case "42804": .typeMismatch
        case "XX001", "XX002": .corrupt
        default:
            switch state.prefix(2) {
            case "", "08", "57": .unavailable
            case "22": .typeMismatch
            case "23": .constraint(.check)
            // 25P03 and 25P04 end the connection of a transaction that was idle for too long.
            case "25": state == "25P03" || state == "25P04" ? .unavailable : .misuse
            case "28": .accessDenied
            case "42", "26", "0A": .misuse
            case "58": .io
            default: .other
            }
        }
    }

    /// Whether the server aborted a transaction because of another one: it may succeed if it is run again at once.
    static func isConflict(postgreSQL state: String) -> Bool {
        state == "40001" || state == "40P01"
    }
}
