import CFFmpeg
import Glibc

/// An `AVIOContext` that reads one open descriptor by position. FFmpeg gets its input in no other way.
///
/// There is no path, URL or protocol, so FFmpeg can open no other file. The caller keeps the ownership of the descriptor.
final class DescriptorInput {
    private let descriptor: Int32
    private var position: Int64 = 0
    private let byteCount: Int64
    /// Replacements for bytes of the file, sorted by offset, without overlaps.
    private let changes: [(offset: Int64, bytes: [UInt8])]
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// Opens an input over a descriptor.
    /// - Parameter changes: Replacements for bytes of the file, sorted by offset, without overlaps.
    /// - Throws: `AVFailure` if the descriptor is not a regular file or memory has run out.
    init(descriptor: Int32, changes: [(offset: Int64, bytes: [UInt8])] = []) throws(AVFailure) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw AVFailure("fstat", kind: .other, reason: "the source is not a file")
        }
        self.descriptor = descriptor
        self.changes = changes
        byteCount = Int64(facts.st_size)
        let size: Int32 = 256 * 1024
        let buffer = try allocated("av_malloc", av_malloc(Int(size)))
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), size, 0, Unmanaged.passUnretained(self).toOpaque(),
            { opaque, bytes, count in
                guard let opaque, let bytes else { return VH_AVERROR_EIO }
                return Unmanaged<DescriptorInput>.fromOpaque(opaque).takeUnretainedValue().read(bytes, Int(count))
            }, nil,
            { opaque, offset, whence in
                guard let opaque else { return -1 }
                return Unmanaged<DescriptorInput>.fromOpaque(opaque).takeUnretainedValue().seek(offset, whence)
            })
        if context == nil {
            av_free(buffer)
            throw AVFailure("avio_alloc_context", VH_AVERROR_ENOMEM)
        }
    }

    deinit {
        guard let context else { return }
        av_free(context.pointee.buffer)
        avio_context_free(&self.context)
    }

    private func read(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
        while true {
            let got = pread(descriptor, bytes, count, Int(position))
            if got > 0 {
                change(bytes, got)
                position += Int64(got)
                return Int32(got)
            }
            if got == 0 { return VH_AVERROR_EOF }
            if errno != EINTR { return VH_AVERROR_EIO }
        }
    }

    private func change(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) {
        // Binary search for the first replacement that ends after these bytes begin.
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].offset + Int64(changes[middle].bytes.count) <= position {
                low = middle + 1
            } else {
                high = middle
            }
        }
        for change in changes[low...] {
            guard change.offset < position + Int64(count) else { return }
            for (index, byte) in change.bytes.enumerated() {
                let place = change.offset + Int64(index) - position
                if place >= 0, place < Int64(count) { bytes[Int(place)] = byte }
            }
        }
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        switch whence & ~AVSEEK_FORCE {
        case AVSEEK_SIZE: return byteCount
        case SEEK_SET: position = offset
        case SEEK_CUR: position += offset
        case SEEK_END: position = byteCount + offset
        default: return -1
        }
        if position < 0 {
            position = 0
            return -1
        }
        return position
    }
}
