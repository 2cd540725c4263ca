#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

// zlib's state holds pointers into both buffers, and its set-up call is a macro: one function over two buffers is all
// that is needed here.

/// Most bytes that `videohost_gzip` may write for `count` bytes.
static inline size_t videohost_gzip_bound(size_t count) { return compressBound(count) + 32; }

/// Compresses a whole buffer in gzip's form (RFC 1952). Returns the bytes written, or 0 if it failed.
static inline size_t videohost_gzip(
    const uint8_t *source, size_t count, uint8_t *target, size_t capacity, int level) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    // 15 is the largest window; 16 more asks for gzip's head and tail.
    if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (Bytef *)source;
    stream.avail_in = (uInt)count;
    stream.next_out = target;
    stream.avail_out = (uInt)capacity;
    int outcome = deflate(&stream, Z_FINISH);
    size_t written = stream.total_out;
    deflateEnd(&stream);
    return outcome == Z_STREAM_END ? written : 0;
}
