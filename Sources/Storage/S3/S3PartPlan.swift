/// How a large file is cut for a multipart upload: at most 10,000 parts, all but the last of the same size.
public struct S3PartPlan: Sendable, Hashable {
    /// Bytes of the whole file.
    public let byteCount: Int64
    /// Bytes of every part but the last.
    public let partSize: Int64
    /// The most parts that services take.
    public static let mostParts: Int64 = 10_000
    /// The largest object that services take: 5 TiB.
    public static let largest: Int64 = 5 << 40

    /// The parts of a file: of the least size, or of as many MiB as it takes to have no more than 10,000.
    /// - Throws: ``StorageError/tooLarge(key:byteCount:)``.
    public init(byteCount: Int64, leastPart: Int64, key: String) throws(StorageError) {
        guard byteCount <= Self.largest else { throw .tooLarge(key: key, byteCount: byteCount) }
        self.byteCount = byteCount
        let needed = (byteCount + Self.mostParts - 1) / Self.mostParts
        let mebibyte: Int64 = 1 << 20
        partSize = needed <= leastPart ? max(1, leastPart) : (needed + mebibyte - 1) / mebibyte * mebibyte
    }

    /// How many parts there are; one even for no bytes.
    public var count: Int { max(1, Int((byteCount + partSize - 1) / partSize)) }

    /// The bytes of a part, counted from 0.
    public func range(of part: Int) -> Range<Int64> {
        let start = Int64(part) * partSize
        return start..<min(start + partSize, byteCount)
    }
}
