// What to do after a playback error. Independent of hls.js and of the page, so that it can be tested.

/** hls.js' error data → `{kind, fatal, status}`; kinds: unmade, gone, network, media, other. */
export function faultOf({ type, details = "", fatal = false, response = null }) {
  const status = response?.code ?? 0;
  if (type === "networkError") {
    if (status === 503 || status === 429) return { kind: "unmade", fatal, status };
    if (status === 401 || status === 403 || status === 404 || status === 410) return { kind: "gone", fatal, status };
    return { kind: "network", fatal, status, manifest: details.startsWith("manifest") };
  }
  if (type === "mediaError") return { kind: "media", fatal, status: 0 };
  return { kind: "other", fatal, status };
}

const networkDelays = [1000, 2000, 4000, 8000];
const goneWindow = 20_000;
const gonePatience = 4_000;
const lostPatience = 12_000;

/** Chooses the next recovery by what has been tried. `next(fault, now)` → `{action, delay}`. */
export class Recovery {
  #network = 0;
  #media = [];
  #gone = [];
  // Since when nothing is left to play and requests fail.
  #lost = null;

  /**
   * Actions: `none` (hls.js continues), `reload` (load the manifest again after `delay` ms), `startLoad`,
   * `recoverMedia`, `giveUp`. `starved`: nothing is left to play. hls.js tries level after level where segments
   * are refused (401, 403, 404) and may never report that as fatal, so a starved player gives up after a while. It does so too
   * without a network: tries go on for a minute, and who watches would see nothing but a spinner.
   */
  next(fault, now, starved = false) {
    if (fault.kind === "gone" && !fault.fatal) {
      this.#gone = [...this.#gone.filter((at) => now - at < goneWindow), now];
      const hopeless = starved && this.#gone.length >= 4 && now - this.#gone[0] >= gonePatience;
      return { action: hopeless ? "giveUp" : "none", delay: 0 };
    }
    if (fault.kind === "network") {
      this.#lost = starved ? (this.#lost ?? now) : null;
      if (this.#lost !== null && now - this.#lost >= lostPatience) return { action: "giveUp", delay: 0 };
    }
    if (!fault.fatal) return { action: "none", delay: 0 };
    switch (fault.kind) {
      case "unmade":
        return { action: "startLoad", delay: 2000 };
      case "network": {
        if (this.#network >= networkDelays.length) return { action: "giveUp", delay: 0 };
        const delay = networkDelays[this.#network];
        this.#network += 1;
        return { action: fault.manifest ? "reload" : "startLoad", delay };
      }
      case "media": {
        this.#media = this.#media.filter((at) => now - at < 30_000);
        if (this.#media.length >= 2) return { action: "giveUp", delay: 0 };
        this.#media.push(now);
        return { action: "recoverMedia", delay: 0 };
      }
      default:
        return { action: "giveUp", delay: 0 };
    }
  }

  /** Resets the count of network errors, because bytes arrive again. */
  succeeded() {
    this.#network = 0;
    this.#lost = null;
  }
}

const worded = new Set(["gone", "network", "media", "unsupported"]);

/** The key of a fault's title and text. */
export function faultWords(kind, onLine = true) {
  const same = kind === "unmade" ? "network" : kind;
  if (same === "network" && !onLine) return "offline";
  return worded.has(same) ? same : "other";
}
