import Catalog

extension UploadService {
    /// Makes one upload of the bytes of several, in the order of `urls`.
    func concatenate(_ urls: [String], _ request: NewUpload) async throws -> OpenedUpload {
        var parts: [Upload] = []
        for (index, url) in urls.enumerated() {
            guard let address = UploadAddress(url: url),
                let part = try? await live(address), part.kind == .partial, part.ownerID == request.ownerID
            else { throw UploadError.partNotFound(index: index) }
            guard part.state == .complete else { throw UploadError.partUnfinished(index: index) }
            parts.append(part)
        }
        // Up to a thousand lengths below 10^18 each could go over.
        let length = parts.reduce(Int64(0)) { sum, part in
            let (total, overflow) = sum.addingReportingOverflow(part.length ?? 0)
            return overflow ? .max : total
        }
        try await admit(length)
        var request = request
        request.length = length
        let address = makeAddress()
        let hold = try await locks.acquire(address.id, interruptingAfter: .zero)
        defer { locks.release(hold) }
        let upload = try await open(address, request, kind: .final, parts: parts.map(\.id))
        do {
            return OpenedUpload(address: address, status: try await assemble(upload))
        } catch {
            await discard(upload)
            throw error
        }
    }

    /// Copies the parts of a final upload into its file and finishes it. Starts over after a crash.
    func assemble(_ upload: Upload) async throws -> UploadStatus {
        let whole = try await onDisk { [folder] in
            guard let whole = try folder.openFile(upload.id) else { throw UploadError.gone }
            try whole.truncate(to: 0)
            return whole
        }
        var size: Int64 = 0
        for (index, id) in upload.parts.enumerated() {
            guard let part = try await onDisk({ [folder] in try folder.openFile(id) }) else {
                throw UploadError.partNotFound(index: index)
            }
            size = try await append(part, to: whole, at: size)
        }
        try await onDisk { try whole.synchronize() }
        guard size == upload.length else { throw UploadError.gone }
        return try await finish(upload, byteCount: size)
    }

    /// Copies a part some megabytes at a time: others get the desk's threads in between, and the disk keeps its reserve.
    /// - Returns: Where the whole ends then.
    private func append(_ part: UploadFile, to whole: UploadFile, at start: Int64) async throws -> Int64 {
        let reserve = configuration.reservedByteCount
        var offset: Int64 = 0
        while true {
            let copied = try await onDisk { [folder, offset] in
                guard try folder.availableBytes() - reserve >= Self.copyStep else { throw UploadError.noSpace }
                return try whole.copy(part, from: offset, at: start + offset, atMost: Self.copyStep)
            }
            guard copied > 0 else { return start + offset }
            offset += copied
        }
    }

    private static let copyStep: Int64 = 8 << 20
}
