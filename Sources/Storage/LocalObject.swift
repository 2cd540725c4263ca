internal import Synchronization

/// An object that is open as a local file.
public final class LocalObject: Sendable {
    /// The descriptor for reading; valid until ``release()`` or the last reference is gone.
    public let descriptor: Int32
    /// Size of the object in bytes.
    public let byteCount: Int64
    private let owner: Mutex<(any Sendable)?>

    /// An object with an open descriptor.
    /// - Parameters:
    ///   - descriptor: The open file.
    ///   - byteCount: Size of the object in bytes.
    ///   - owner: Keeps the descriptor open as long as it exists.
    public init(descriptor: Int32, byteCount: Int64, keeping owner: any Sendable) {
        self.descriptor = descriptor
        self.byteCount = byteCount
        self.owner = Mutex(owner)
    }

    /// Closes the file now instead of with the last reference.
    public func release() {
        owner.withLock { $0 = nil }
    }
}
