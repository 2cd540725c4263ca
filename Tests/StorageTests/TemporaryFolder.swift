#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A folder for one test, removed with the last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/storage-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// All files in the folder and below, including hidden ones, as relative paths.
    func files() -> [String] {
        (FileManager.default.enumeratorPaths(path)).sorted()
    }
}

extension FileManager {
    fileprivate func enumeratorPaths(_ root: String) -> [String] {
        let names = (try? contentsOfDirectory(atPath: root)) ?? []
        return names.flatMap { name -> [String] in
            var isFolder = false
            guard fileExists(atPath: root + "/" + name, isDirectory: &isFolder) else { return [] }
            return isFolder ? enumeratorPaths(root + "/" + name).map { name + "/" + $0 } : [name]
        }
    }
}
