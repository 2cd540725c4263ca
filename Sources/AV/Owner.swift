/// Frees a C object exactly once, also when an initializer throws half-way.
///
/// A `~Copyable` struct cannot be half-initialized, so its C objects each sit in one of these from the moment that they
/// exist.
final class Owner<Object> {
    let pointer: UnsafeMutablePointer<Object>
    private let free: (UnsafeMutablePointer<Object>) -> Void

    init(
        _ call: String, _ pointer: UnsafeMutablePointer<Object>?, free: @escaping (UnsafeMutablePointer<Object>) -> Void
    ) throws(AVFailure) {
        self.pointer = try allocated(call, pointer)
        self.free = free
    }

    deinit { free(pointer) }
}
