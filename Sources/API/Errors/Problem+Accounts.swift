internal import Accounts
internal import HTTPTypes

extension Problem {
    /// The answer to what accounts refuse.
    init(_ error: AccountsError) {
        switch error {
        case .invalidEmail:
            self = .account("/email", "invalid_email", "Must be an e-mail address.")
        case .invalidUsername:
            self = .account(
                "/username", "invalid_username",
                "Must be 3 to 32 letters, digits, '_', '-' or '.', and begin with a letter or digit.")
        case .weakPassword:
            self = .account(
                "/password", "weak_password", "Must have 8 to 128 characters and be neither the address nor the name.")
        case .emailTaken: self = .conflict("email_taken", "This e-mail address is in use")
        case .usernameTaken: self = .conflict("username_taken", "This name is in use")
        case .badCredentials:
            self = Problem(.unauthorized, "bad_credentials", "Name and password do not belong together")
                .with(.wwwAuthenticate, #"Bearer realm="videohost""#)
        case .throttled(let seconds):
            self = Problem(
                .tooManyRequests, "too_many_attempts", "Too many attempts to sign in",
                detail: "Too many passwords were wrong. Try again in \(seconds) seconds."
            ).retryAfter(seconds)
        case .registrationThrottled(let seconds):
            self = Problem(
                .tooManyRequests, "too_many_registrations", "Too many registrations from this address",
                detail: "Try again in \(seconds) seconds."
            ).retryAfter(seconds)
        case .attemptsUnderWay:
            self = Problem(
                .tooManyRequests, "too_many_attempts", "Too many attempts to sign in",
                detail: "Others for this account, or from this address, are under way. Try again in a second."
            ).retryAfter(1)
        case .registrationsUnderWay:
            self = Problem(
                .tooManyRequests, "too_many_registrations", "Too many registrations from this address",
                detail: "Others are under way. Try again in a second."
            ).retryAfter(1)
        case .busy: self = .unavailable("Too many people are signing in at once.", retryAfter: 2)
        case .quotaExceeded(let quota, let limit): self = .quotaExceeded(quota, limit: limit)
        case .sessionStoreUnavailable: self = .unavailable("Sessions cannot be looked up.", retryAfter: 5)
        }
    }

    /// A field that accounts do not take; the field's code is the whole problem's.
    private static func account(_ pointer: String, _ code: String, _ detail: String) -> Problem {
        Problem(
            .unprocessableContent, code, "This cannot be registered", detail: detail,
            errors: [.init(pointer: pointer, code: code, detail: detail)])
    }
}
