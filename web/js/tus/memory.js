// Records of unfinished uploads, so that they can be resumed after a reload.

const prefix = "videohost.upload.";

/** Records by fingerprint in a `Storage` (localStorage in a page). A storage that throws counts as empty. */
export class UploadMemory {
  #storage;
  #now;

  constructor(storage, now = Date.now) {
    this.#storage = storage;
    this.#now = now;
  }

  /** Keeps `{url, videoId, title, fileName, size, expires?}` for a file; `expires` in ms. */
  remember(print, record) {
    try {
      this.#storage.setItem(prefix + print, JSON.stringify({ ...record, savedAt: this.#now() }));
    } catch {
      // Full or forbidden: the upload still works, it only cannot be resumed after a reload.
    }
  }

  /** The record of a file, or null when there is none or it has expired. */
  recall(print) {
    return this.#read(prefix + print);
  }

  forget(print) {
    try {
      this.#storage.removeItem(prefix + print);
    } catch {
      // As above.
    }
  }

  /** The record of a video, with its fingerprint, or null. */
  ofVideo(videoId) {
    return this.all().find(({ record }) => record.videoId === videoId) ?? null;
  }

  /** All valid records; expired and unreadable ones are removed. */
  all() {
    const keys = [];
    try {
      for (let i = 0; i < this.#storage.length; i += 1) {
        const key = this.#storage.key(i);
        if (key?.startsWith(prefix)) keys.push(key);
      }
    } catch {
      return [];
    }
    return keys
      .map((key) => ({ print: key.slice(prefix.length), record: this.#read(key) }))
      .filter(({ record }) => record !== null);
  }

  #read(key) {
    const text = this.#storage.getItem(key);
    if (text === null) return null;
    try {
      const record = JSON.parse(text);
      if (typeof record.videoId === "string" && !(record.expires <= this.#now())) return record;
    } catch {
      // Unreadable: removed below.
    }
    this.forget(key.slice(prefix.length));
    return null;
  }
}
