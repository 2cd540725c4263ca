/// Why a registration, a sign-in or an addition to an account is refused.
public enum AccountsError: Error, Sendable, Hashable {
    /// The address does not have the form that a browser's e-mail field accepts, or is longer than 254 characters.
    case invalidEmail
    /// The name is not 3 to 32 ASCII letters, digits, `_`, `-` or `.` that begin with a letter or digit.
    case invalidUsername
    /// The password has fewer than 8 or more than 128 characters, or is the address or the name itself.
    case weakPassword
    /// Another user has this address.
    case emailTaken
    /// Another user has this name, or one that looks like it.
    case usernameTaken
    /// Name and password do not match; does not tell which one is wrong.
    case badCredentials
    /// Too many wrong passwords for this account or from this address; this one was not examined.
    /// - Parameter retryAfter: Seconds until the next attempt is examined; at least 1.
    case throttled(retryAfter: Int)
    /// Too many accounts were registered from this address, or taken addresses and names were reported to it too often.
    /// - Parameter retryAfter: Seconds until the next registration is examined; at least 1.
    case registrationThrottled(retryAfter: Int)
    /// The attempts under way for this account, or from this address, would reach the limit if all were wrong; this one was
    /// not examined. Trying again in a moment helps.
    case attemptsUnderWay
    /// The registrations under way from this address would reach the limit; trying again in a moment helps.
    case registrationsUnderWay
    /// More passwords wait to be checked than the queue holds; trying again in a moment helps.
    case busy
    /// The addition would exceed a quota of the account.
    case quotaExceeded(Quota, limit: Int64)
    /// Redis does not answer, so sessions can be neither created nor looked up.
    case sessionStoreUnavailable
}
