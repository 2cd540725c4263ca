internal import NIOCore
internal import NIOPosix

/// A local copy that is being made; ranges may come in any order and at the same time.
struct ScratchFile: Sendable {
    private let file: OpenFile
    private let threads: NIOThreadPool

    init(_ file: OpenFile, _ threads: NIOThreadPool) {
        self.file = file
        self.threads = threads
    }

    /// Writes bytes to their place.
    func write(_ bytes: ByteBuffer, at offset: Int64) async throws {
        try await threads.runIfActive { [file] in try file.write(bytes, at: offset) }
    }
}
