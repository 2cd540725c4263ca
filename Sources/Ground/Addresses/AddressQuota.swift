internal import Synchronization

/// Limits how many things each client address has at the same time: connections, requests, guests in rooms.
///
/// Addresses of one ``AddressBlock`` (of IPv6: 64 bits) count as one. Safe to use from any thread.
public final class AddressQuota: Sendable {
    /// One counted thing of an address. It stops counting when the last reference to it is released.
    public final class Place: Sendable {
        private let quota: AddressQuota
        private let block: String

        fileprivate init(_ quota: AddressQuota, _ block: String) {
            self.quota = quota
            self.block = block
        }

        deinit { quota.release(block) }
    }

    private struct State {
        var places: [String: Int] = [:]
        var refused = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// A quota that is the same for every address.
    /// - Parameter limit: The largest number of places that an address has at the same time; `nil` for any number.
    public init(limit: Int?) {
        self.limit = limit ?? .max
    }

    /// Takes a place for an address.
    /// - Parameter address: A numeric address, or a block of addresses. Clients without an address (on a socket in the file
    ///   system) share the count of whatever text stands for them.
    /// - Returns: `nil` if the address has as many places as it may have.
    public func take(_ address: String) -> Place? {
        let block = AddressBlock.of(address)
        let isTaken = state.withLock { state in
            let count = state.places[block, default: 0]
            guard count < limit else {
                state.refused += 1
                return false
            }
            state.places[block] = count + 1
            return true
        }
        return isTaken ? Place(self, block) : nil
    }

    /// The number of refusals since the start.
    public var refused: Int { state.withLock { $0.refused } }

    /// The number of addresses that have places.
    public var addresses: Int { state.withLock { $0.places.count } }

    private func release(_ block: String) {
        state.withLock { state in
            let count = state.places[block, default: 1] - 1
            state.places[block] = count > 0 ? count : nil
        }
    }
}
