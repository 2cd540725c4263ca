import Foundation
import Ingest
public import Logging
public import MediaModel
import Synchronization

/// Examines files that are still being received, in media children of its own.
///
/// Other children are not stopped for it. A file that cannot be examined at once, or not with little memory and time, goes on: its
/// probe decides when it is whole.
public final class HeadInspection: Sendable {
    private let media: MediaProcess
    private let logger: Logger
    private let running = Mutex(0)

    /// The most children at a time.
    private static let mostChildren = 4
    /// How long a sender waits for the result.
    private static let patience = Duration.seconds(5)
    /// The most memory of a child, in bytes of its address space, and the most seconds of processor time: the node serves viewers.
    private static let (mostMemory, mostSeconds) = (UInt64(2 << 30), UInt64(10))

    /// An inspection with the limits and the sandbox of other children.
    public init(_ configuration: MediaProcess.Configuration, logger: Logger) {
        var configuration = configuration
        configuration.slots = .max
        configuration.patience = Self.patience
        configuration.grace = Self.patience
        let isLimited = configuration.addressSpace > 0
        configuration.addressSpace = isLimited ? min(configuration.addressSpace, Self.mostMemory) : Self.mostMemory
        configuration.cpuSeconds = Self.mostSeconds
        media = MediaProcess(configuration)
        self.logger = logger
    }

    /// Examines the bytes of a file that have arrived.
    /// - Parameter announced: The bytes that it will have; `nil` if that is not known.
    /// - Returns: Why the whole file would be rejected; `nil` if the bytes do not tell, or could not be examined.
    public func rejection(ofFileAt path: String, announced: Int64?) async -> Rejection? {
        guard begin() else { return nil }
        defer { running.withLock { $0 -= 1 } }
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        do {
            try await media.run(
                .head(announced: announced), source: file.fileDescriptor, name: "head-\(UUID().uuidString)",
                isUrgent: false, onEvent: { _, _ in })
        } catch let rejection as Rejection {
            return rejection
        } catch is CancellationError {
            return nil
        } catch {
            logger.warning("the head of an upload could not be examined", metadata: ["error": "\(error)"])
        }
        return nil
    }

    private func begin() -> Bool {
        running.withLock { running in
            guard running < Self.mostChildren else { return false }
            running += 1
            return true
        }
    }
}
