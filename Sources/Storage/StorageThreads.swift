internal import NIOPosix

/// Threads for calls that block on files: those that read apart from those that write.
///
/// A viewer waits for each read. A write may take seconds: it makes bytes durable, copies a file or removes a tree. So no
/// number of writes holds up a read. Nothing else of the process runs on these threads.
public struct StorageThreads: Sendable {
    /// Opens and reads objects.
    let reading: NIOThreadPool
    /// Writes, copies, removes and lists objects.
    let writing: NIOThreadPool

    /// The threads of all stores of this process; they live as long as it does.
    public static let shared = StorageThreads(reading: 8, writing: 8)

    /// Starts threads. They are for the whole life of the process: a pool that runs may not be released.
    init(reading: Int, writing: Int) {
        self.reading = NIOThreadPool(numberOfThreads: reading)
        self.writing = NIOThreadPool(numberOfThreads: writing)
        self.reading.start()
        self.writing.start()
    }
}
