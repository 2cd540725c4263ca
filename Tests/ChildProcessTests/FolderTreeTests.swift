import Foundation
import Glibc
import Testing

@testable import ChildProcess

@Suite("Folders of children") struct FolderTreeTests {
    /// A folder that is there while the body runs.
    private func withFolder(_ body: (_ path: String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "/videohost-tree-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FolderTree.remove(path) }
        try body(path)
    }

    /// Makes folders in each other, each with a file of 8 KiB.
    private func nest(_ levels: Int, in path: String) throws {
        let name = String(repeating: "n", count: 200)
        var folder = open(path, O_RDONLY | O_DIRECTORY)
        for _ in 0..<levels {
            try #require(mkdirat(folder, name, 0o700) == 0)
            let below = openat(folder, name, O_RDONLY | O_DIRECTORY)
            close(folder)
            folder = below
            let file = openat(folder, "file", O_WRONLY | O_CREAT, 0o600)
            _ = write(file, [UInt8](repeating: 1, count: 8192), 8192)
            close(file)
        }
        close(folder)
    }

    @Test("Everything counts, a folder for at least 4 KiB") func counts() throws {
        try withFolder { path in
            #expect(FolderTree.byteCount(of: path, upTo: .max) == 0)
            try nest(3, in: path)
            let sum = try #require(FolderTree.byteCount(of: path, upTo: .max))
            #expect(sum >= 3 * (4096 + 8192) && sum < 1 << 20)
            #expect(try #require(FolderTree.byteCount(of: path, upTo: 4096)) > 4096)
            #expect(FolderTree.byteCount(of: path + "/none", upTo: 1) == 0)
        }
    }

    @Test("Names that are no text count, and go") func oddNames() throws {
        try withFolder { path in
            let folder = open(path, O_RDONLY | O_DIRECTORY)
            defer { close(folder) }
            let name: [CChar] = [-1, -2, 0x2e, 0]
            #expect(mkdirat(folder, name, 0o700) == 0)
            let inner = openat(folder, name, O_RDONLY | O_DIRECTORY)
            defer { close(inner) }
            close(openat(inner, name, O_WRONLY | O_CREAT, 0o600))
            #expect(FolderTree.byteCount(of: path, upTo: .max) ?? 0 >= 8192)
            try FolderTree.remove(path)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("What lies deeper than a child needs cannot be counted, and goes", arguments: [9, 40, 3000])
    func deep(levels: Int) throws {
        try withFolder { path in
            try nest(levels, in: path)
            #expect(FolderTree.byteCount(of: path, upTo: .max) == nil)
            try FolderTree.remove(path)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("Folders that their owner may not enter go") func closed() throws {
        try withFolder { path in
            try nest(3, in: path)
            let name = String(repeating: "n", count: 200)
            chmod("\(path)/\(name)/\(name)", 0)
            chmod("\(path)/\(name)", 0)
            if geteuid() != 0 { #expect(FolderTree.byteCount(of: path, upTo: .max) == nil) }
            try FolderTree.remove(path)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("Links are removed and not followed") func links() throws {
        try withFolder { path in
            try FileManager.default.createDirectory(atPath: path + "/kept", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/kept/file"))
            try FileManager.default.createDirectory(atPath: path + "/gone/in", withIntermediateDirectories: true)
            for link in ["gone/link", "gone/in/link", "link"] {
                #expect(symlink(path + "/kept", "\(path)/\(link)") == 0)
            }
            #expect(FolderTree.byteCount(of: path + "/link", upTo: .max) == nil)
            try FolderTree.remove(path + "/gone")
            try FolderTree.remove(path + "/link")
            try FolderTree.remove(path + "/never-there")
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["kept"])
            #expect(FileManager.default.fileExists(atPath: path + "/kept/file"))
        }
    }
}
