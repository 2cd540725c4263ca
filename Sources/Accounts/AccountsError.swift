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
    /// Name and password do not belong together; says nothing of which one is wrong.
    case badCredentials
    /// Too many wrong passwords for this account or from this address; this one was not looked at.
    /// - Parameter retryAfter: Seconds until the next attempt is looked at; at least 1.
    case throttled(retryAfter: Int)
    /// Too many accounts were registered from this address, or it was told too often that one exists.
    /// - Parameter retryAfter: Seconds until the next registration is looked at; at least 1.
    case registrationThrottled(retryAfter: Int)
    /// As many attempts for this account, or from this address, are under way as may still be wrong; this one was not
    /// looked at. Trying again in a moment helps.
    case attemptsUnderWay
    /// As many registrations from this address are under way as it may still make; trying again in a moment helps.
    case registrationsUnderWay
    /// More passwords wait to be checked than the queue holds; trying again in a moment helps.
    case busy
    /// The account has as much of something as it may have.
    case quotaExceeded(Quota, limit: Int64)
    /// Redis does not answer, so nobody can be signed in or recognised.
    case sessionStoreUnavailable
}
