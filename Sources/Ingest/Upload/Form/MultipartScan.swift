import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The search for a boundary in a part's bytes.
enum MultipartScan {
    /// Offset of the first `needle` in the readable bytes. Its first byte may not come again in it.
    ///
    /// The C library searches for that byte: a form of gigabytes goes through here.
    static func first(_ needle: [UInt8], in buffer: ByteBuffer) -> Int? {
        unsafe buffer.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, let mark = needle.first else { return nil }
            var offset = 0
            while bytes.count - offset >= needle.count,
                let found = unsafe memchr(start + offset, Int32(mark), bytes.count - offset - needle.count + 1)
            {
                offset = unsafe UnsafeRawPointer(found) - start
                if unsafe needle.elementsEqual(bytes[offset..<(offset + needle.count)]) { return offset }
                offset += 1
            }
            return nil
        }
    }
}
