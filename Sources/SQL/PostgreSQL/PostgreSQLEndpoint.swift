internal import CPostgres

/// The address and the user of a PostgreSQL database: `postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=require`.
///
/// libpq parses the URL (`PQconninfoParse`), so it has the same meaning as for `psql`. A Unix socket is given by its
/// folder: `postgres:///NAME?host=/run/postgresql`. Reserved characters are written `%XX`. Omitted parts have
/// defaults: the system's user, the host `localhost`, port 5432, `sslmode=prefer`, a password from `~/.pgpass`.
///
/// Some forms that libpq accepts are refused: strings of the form `host=… dbname=…`, because the scheme selects the engine of a
/// ``DatabaseURL``; a URL without a database; several hosts; parameters that the connection sets itself, such as
/// `client_encoding`; and a `#`, a second `@` or a `?` before the path, which mostly come from a password that was not escaped.
public struct PostgreSQLEndpoint: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Name or address of the server, or the folder of its socket.
    public let host: String
    /// The server's port.
    public let port: UInt16
    /// The database user; `nil` for the system's user.
    public let user: String?
    /// The database's name.
    public let database: String
    /// Other parameters of libpq, such as `sslmode`.
    public let options: [String: String]
    let password: String?

    /// The parameters that may follow the `?`.
    private static let known: Set<String> = [
        "application_name", "connect_timeout", "dbname", "host", "options", "password", "port", "sslcert", "sslkey",
        "sslmode",
        "sslrootcert", "target_session_attrs", "user",
    ]
    private static let sslModes: Set<String> = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    /// Parses a URL.
    /// - Throws: ``SQLFailure`` with code `invalidURL`; the message contains no part that could be a password.
    public init(_ text: String) throws {
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
            throw Self.invalid("it does not begin with postgres://")
        }
        guard !text.contains("#") else { throw Self.invalid("a # is written %23") }
        // libpq parses such a password, or a part of it, as the host or the user, which are shown.
        let authority = Self.authority(of: text)
        guard authority.count(where: { $0 == "@" }) <= 1 else {
            throw Self.invalid("an @ in the user or the password is written %40")
        }
        guard !authority.contains("?") else {
            throw Self.invalid("a ? before the / of the database's name is written %3F")
        }
        var parameters = try Self.parameters(text)
        guard let database = parameters.removeValue(forKey: "dbname"), !database.isEmpty else {
            throw Self.invalid("it names no database")
        }
        guard !database.contains("/") else { throw Self.invalid("a / in the name of the database is written %2F") }
        self.database = database
        user = Self.nonempty(parameters.removeValue(forKey: "user"))
        password = Self.nonempty(parameters.removeValue(forKey: "password"))
        host = Self.nonempty(parameters.removeValue(forKey: "host")) ?? "localhost"
        guard !host.contains(",") else { throw Self.invalid("it has to name one host") }
        guard let port = UInt16(Self.nonempty(parameters.removeValue(forKey: "port")) ?? "5432"), port > 0 else {
            throw Self.invalid("the port is no number from 1 to 65535")
        }
        self.port = port
        options = parameters
        for (name, value) in options {
            guard Self.known.contains(name) else { throw Self.invalid(Self.knownParameters) }
            guard !value.isEmpty else { throw Self.invalid("\(name) needs a value") }
        }
        if let mode = options["sslmode"], !Self.sslModes.contains(mode) {
            throw Self.invalid("sslmode is one of \(Self.sslModes.sorted().joined(separator: ", "))")
        }
        if let seconds = options["connect_timeout"], !(Int(seconds).map { (1...3600).contains($0) } ?? false) {
            throw Self.invalid("connect_timeout is a number of seconds from 1 to 3600")
        }
    }

    /// The address without its password.
    public var description: String {
        let name = user.map { "\($0)@" } ?? ""
        return host.hasPrefix("/")
            ? "postgres://\(name)/\(database)?host=\(host)" : "postgres://\(name)\(host):\(port)/\(database)"
    }

    /// Shows no password to `dump` either.
    public var customMirror: Mirror { Mirror(self, children: ["address": description]) }

    /// The authority of a URL (user, password, host and port): everything from the `://` to the next slash.
    private static func authority(of text: String) -> Substring {
        text.firstRange(of: "://").map { text[$0.upperBound...].prefix { $0 != "/" } } ?? ""
    }

    private static func nonempty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    private static var knownParameters: String {
        "what may follow the ? is \(known.sorted().joined(separator: ", ")), each with one = before its value"
    }

    /// The parameters of a URL by their names in libpq. Neither the environment nor a file is read.
    private static func parameters(_ text: String) throws -> [String: String] {
        // A C string would end at the NUL.
        guard !text.utf8.contains(0) else { throw invalid("it has a character 0") }
        var message: UnsafeMutablePointer<CChar>?
        guard let first = PQconninfoParse(text, &message) else {
            defer { PQfreemem(message) }
            throw invalid(reason(message.map { String(cString: $0) } ?? ""))
        }
        defer { PQconninfoFree(first) }
        var parameters: [String: String] = [:]
        var next = first
        while let keyword = next.pointee.keyword {
            if let value = next.pointee.val {
                guard let value = String(validatingCString: value) else {
                    throw invalid("\(String(cString: keyword)) is not UTF-8 text")
                }
                parameters[String(cString: keyword)] = value
            }
            next += 1
        }
        return parameters
    }

    /// The reason in libpq's message, without the quoted part of the URL, which may be the password.
    private static func reason(_ message: String) -> String {
        if message.hasPrefix("invalid percent-encoded token") {
            "it has a % that two hexadecimal digits should follow; a % is written %25"
        } else if message.hasPrefix("forbidden value %00") {
            "it has a %00"
        } else if message.contains("query parameter") {
            knownParameters
        } else if message.contains("IPv6 host address") || message.hasPrefix("unexpected character") {
            "an IPv6 address is written [::1] or [::1]:PORT"
        } else {
            "it is no URL that libpq reads"
        }
    }

    private static func invalid(_ reason: String) -> SQLFailure {
        SQLFailure(
            .invalidURL,
            "The address of the database cannot be used: \(reason). Write postgres://USER:PASSWORD@HOST:PORT/NAME, or "
                + "postgres://USER@/NAME?host=/run/postgresql for a socket.")
    }
}
