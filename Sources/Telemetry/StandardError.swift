internal import Glibc

/// The stream that log lines go to.
public enum StandardError {
    /// Writes a text in one call, so that lines of several threads do not mix.
    ///
    /// Written directly rather than through stdio: nothing is lost when the program is killed. A stream that is gone or
    /// full loses the line; logging must never stop the program.
    public static let write: @Sendable (String) -> Void = { text in
        var text = text
        text.withUTF8 { bytes in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let wrote = unsafe Glibc.write(
                    STDERR_FILENO, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if wrote < 0, errno == EINTR { continue }
                guard wrote > 0 else { return }
                unsafe rest = unsafe rest.dropFirst(wrote)
            }
        }
    }
}
