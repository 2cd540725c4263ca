import Foundation
import Storage

/// The store that a URL names.
enum StorageSelection {
    /// Opens the store of `file:PATH` or `s3://…`; an S3-style service's credentials come from the environment, under
    /// the names that all tools use.
    /// - Parameters:
    ///   - text: The URL.
    ///   - name: Where the URL was given, for errors.
    ///   - scratch: Where local copies of a service's objects go; not needed for copying.
    ///   - isExisting: Whether a folder must be there already.
    /// - Throws: ``StartupFailure`` with what to do.
    static func open(
        _ text: String, from name: String, scratch: ScratchCache? = nil, isExisting: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> any ObjectStore {
        let url: StorageURL
        do { url = try StorageURL(text) } catch { throw StartupFailure("\(name): \(error)", exitCode: 64) }
        switch url {
        case .file(let path):
            var isFolder = false
            if isExisting, !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) || !isFolder {
                throw StartupFailure("\(name): there is no folder \(path)", exitCode: 66)
            }
            do { return try LocalObjectStore(root: path) } catch let error as StorageError {
                throw StartupFailure(error, name)
            }
        case .s3(let location):
            return S3Store(location, credentials: try credentials(environment, name), scratch: scratch)
        }
    }

    private static func credentials(_ environment: [String: String], _ name: String) throws -> S3Credentials {
        guard let key = environment["AWS_ACCESS_KEY_ID"], !key.isEmpty,
            let secret = environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty
        else {
            throw StartupFailure(
                "\(name): credentials are missing: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and "
                    + "AWS_SESSION_TOKEN if they are temporary")
        }
        let token = environment["AWS_SESSION_TOKEN"]
        return S3Credentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: token?.isEmpty == false ? token : nil)
    }
}

extension StartupFailure {
    /// The failure for a store that cannot be used.
    init(_ error: StorageError, _ name: String) {
        let exitCode: Int32 =
            switch error {
            case .readOnly: 77
            case .noSpace: 73
            case .io: 74
            case .service(let failure): failure.isRetryable ? 69 : 78
            default: 70
            }
        self.init("\(name): \(error) (\(error.code))", exitCode: exitCode)
    }
}
