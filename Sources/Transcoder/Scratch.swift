public import Foundation

/// The folder that a task writes to; nothing outside it is touched.
public struct Scratch: Sendable {
    /// The folder.
    public let folder: URL

    /// A scratch folder that exists already.
    public init(folder: URL) { self.folder = folder }

    /// Writes a file whole, making its folder where needed.
    /// - Throws: ``TranscodeError/scratch(_:)``.
    func write(_ bytes: [UInt8], to file: String) throws {
        let target = folder.appendingPathComponent(file)
        do {
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: target)
        } catch {
            throw TranscodeError.scratch("\(file): \(error.localizedDescription)")
        }
    }
}
