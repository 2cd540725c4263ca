internal import Synchronization

/// An object that is open as a file of this machine.
public final class LocalObject: Sendable {
    /// The open file, for reading; valid until ``release()`` or until the last reference is gone.
    public let descriptor: Int32
    /// Bytes of the object.
    public let byteCount: Int64
    private let owner: Mutex<(any Sendable)?>

    /// An object behind a descriptor.
    /// - Parameters:
    ///   - descriptor: The open file.
    ///   - byteCount: Bytes of the object.
    ///   - owner: Keeps the descriptor open for as long as it lives.
    public init(descriptor: Int32, byteCount: Int64, keeping owner: any Sendable) {
        self.descriptor = descriptor
        self.byteCount = byteCount
        self.owner = Mutex(owner)
    }

    /// Closes the file now rather than when the last reference goes away.
    public func release() {
        owner.withLock { $0 = nil }
    }
}
