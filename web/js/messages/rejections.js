// Sentences for rejections and failures of an upload. The codes are stable, the sentences may change.

const rejections = {
  no_media_stream: "This file holds no video and no audio that could be played.",
  unsupported_container: "This kind of file is not supported. MP4, MOV, MKV, WebM, AVI and MPEG-TS work well.",
  unsupported_codec: "The video inside this file is in a format that cannot be read here.",
  too_long: "This video is longer than is allowed here.",
  dimensions_too_large: "The picture is larger than is allowed here.",
  too_many_streams: "This file holds more tracks than are allowed here.",
  zero_duration: "This file has no length: there is nothing to play.",
  truncated: "This file is incomplete. It may have been cut off while it was copied or recorded.",
  undecodable: "Not a single picture of this video could be read. The file is probably damaged.",
  protected: "This file is copy-protected and cannot be converted.",
  empty: "This file is empty.",
  expands_too_much: "This file is made to decode to far more than it holds.",
  frame_rate_too_high: "This video has more pictures a second than are allowed here.",
};

const failures = {
  child_crashed: "The converter stopped unexpectedly on this file.",
  child_limit: "Converting this file took more time or memory than is allowed.",
  media_error: "The converter could not work with this file.",
  storage_error: "The server could not store the result.",
  no_space: "The server has run out of space; it goes on by itself once there is room.",
  inconsistent: "The server lost track of this video.",
  cancelled: "Converting this video was stopped by the operator of this site.",
  lease_expired: "The machine that was converting this video went away.",
  internal: "Something went wrong on the server.",
};

/** One sentence for a rejection code; unknown codes get a sentence too. */
export function rejectionSentence(code) {
  return rejections[code] ?? "This file cannot be turned into a stream.";
}

/** One sentence for a failure code. */
export function failureSentence(code) {
  return failures[code] ?? failures.internal;
}

/** The codes that have a sentence of their own. */
export const knownRejections = Object.keys(rejections);
