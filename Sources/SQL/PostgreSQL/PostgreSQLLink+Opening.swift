internal import CPostgres
internal import Ground

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension PostgreSQLLink {
    /// Connects; blocks until the connection is ready or the time limit is over.
    /// - Throws: ``SQLFailure`` with code `unavailable`, `busy`, `accessDenied` or `notFound`.
    static func open(_ endpoint: PostgreSQLEndpoint, _ configuration: PostgreSQLConfiguration) throws -> PostgreSQLLink
    {
        let place = "\(endpoint)"
        guard let pointer = start(endpoint.parameters(configuration)) else {
            throw SQLFailure(.unavailable, "There is no memory for a connection to \(place).")
        }
        let link = PostgreSQLLink(pointer, place: place, statementCacheSize: configuration.statementCacheSize)
        // The message about a refused connection then contains the SQLSTATE, which does not depend on the language.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        let timeout = endpoint.options["connect_timeout"].flatMap { Int($0) }.map { Duration.seconds($0) }
        let deadline = ContinuousClock.now + (timeout ?? configuration.connectTimeout)
        var step = PQstatus(pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while step != PGRES_POLLING_OK {
            guard step != PGRES_POLLING_FAILED else { throw refusal(pointer, endpoint) }
            guard ready(PQsocket(pointer), toWrite: step == PGRES_POLLING_WRITING, before: deadline) else {
                throw SQLFailure(postgreSQL: "", "it does not answer in time", at: place)
            }
            step = PQconnectPoll(pointer)
        }
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        // By default libpq writes notices to standard error.
        PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        try link.settle(configuration)
        return link
    }

    /// Sets the parameters of the session that every transaction relies on, and checks the encoding.
    private func settle(_ configuration: PostgreSQLConfiguration) throws {
        func milliseconds(_ duration: Duration) -> SQLValue { .text("\(max(1, duration.milliseconds))") }
        let rows = try run(
            """
            SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
                set_config('idle_in_transaction_session_timeout', $3, false),
                set_config('bytea_output', 'hex', false), set_config('extra_float_digits', '1', false),
                CASE WHEN current_setting('synchronous_commit') = 'off'
                    THEN set_config('synchronous_commit', 'on', false) END,
                current_setting('server_encoding') AS encoding
            """,
            [
                milliseconds(configuration.statementTimeout), milliseconds(configuration.lockTimeout),
                milliseconds(configuration.statementTimeout * 2),
            ]
        ).rows()
        let encoding = try rows.first?.text("encoding") ?? ""
        guard encoding == "UTF8" else {
            throw SQLFailure(.misuse, "The database \(place) keeps \(encoding): create it with ENCODING 'UTF8'.")
        }
    }

    private static func start(_ parameters: [(name: String, value: String)]) -> OpaquePointer? {
        let names = parameters.map { strdup($0.name) } + [nil]
        let values = parameters.map { strdup($0.value) } + [nil]
        defer { for pointer in names + values { free(pointer) } }
        return PQconnectStartParams(names.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 0)
    }

    /// Waits until a socket can be read or written; `false` after the deadline.
    private static func ready(_ socket: Int32, toWrite: Bool, before deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: deadline).milliseconds
            guard left > 0 else { return false }
            var entry = pollfd(fd: socket, events: Int16(toWrite ? POLLOUT : POLLIN), revents: 0)
            let count = poll(&entry, 1, Int32(clamping: left))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }

    /// Why the connection failed: the server's reason from `… FATAL:  28P01: password authentication failed …`; without a
    /// SQLSTATE the server cannot be reached.
    private static func refusal(_ pointer: OpaquePointer, _ endpoint: PostgreSQLEndpoint) -> SQLFailure {
        var text = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
        if let password = endpoint.password { text = text.replacing(password, with: "…") }
        let lines = text.split(whereSeparator: \.isNewline)
        for line in lines {
            for part in line.split(separator: " ") where part.count == 6 && part.last == ":" {
                let state = part.dropLast()
                guard state.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isUppercase) }),
                    state.contains(where: \.isNumber)
                else { continue }
                let reason = line[part.endIndex...].drop { $0 == " " }
                return SQLFailure(postgreSQL: String(state), String(reason), at: "\(endpoint)")
            }
        }
        return SQLFailure(postgreSQL: "", lines.first.map(String.init) ?? "no answer", at: "\(endpoint)")
    }
}

extension PostgreSQLEndpoint {
    /// The parameters for libpq; it does not take these from the environment.
    fileprivate func parameters(_ configuration: PostgreSQLConfiguration) -> [(name: String, value: String)] {
        var parameters = [
            "application_name": "videohost", "client_encoding": "UTF8", "keepalives": "1", "keepalives_idle": "30",
            "keepalives_interval": "10", "keepalives_count": "3", "sslmode": "prefer",
            "tcp_user_timeout": "\(configuration.networkTimeout.milliseconds)",
        ]
        parameters.merge(options) { _, own in own }
        parameters["connect_timeout"] = nil
        parameters["host"] = host
        parameters["port"] = "\(port)"
        parameters["dbname"] = database
        parameters["user"] = user
        parameters["password"] = password
        return parameters.map { ($0.key, $0.value) }
    }
}
