// <vh-upload>: the creator's panel, where files are uploaded and one's own videos are listed.

import { currentSession } from "../http/session.js";
import { watchFileInput } from "../uploads/file-input.js";
import { part } from "./parts.js";

const key = "videohost.panel";
const hash = "#upload";

/**
 * The panel in the light DOM; its content is the partial `upload.mustache`. It is hidden until it is asked for: by a link to
 * `#upload`, or by `open()`. Whether it is open is stored for who is signed in.
 *
 * Methods: `takeFiles(veil, onFiles)` calls `onFiles(files)` for chosen files, and for files dropped anywhere on the page, which
 * open the panel; `open({focus})`; `close()`. Event: `closed`, when its own button has closed it.
 */
export class VideohostUpload extends HTMLElement {
  #ready = false;

  connectedCallback() {
    if (this.#ready) return;
    this.#ready = true;
    part(this, "close").addEventListener("click", () => {
      this.close();
      this.dispatchEvent(new Event("closed"));
    });
    // A second click on the same link changes no address, so the click itself is what counts.
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href$='#upload']");
      if (!link || link.pathname !== window.location.pathname || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.open({ focus: true });
    });
    if (window.location.hash === hash) this.open({ focus: true });
    else if (stored() === "open" && currentSession()) this.hidden = false;
  }

  takeFiles(veil, onFiles) {
    watchFileInput(part(this, "file"), veil, (files) => {
      this.open();
      onFiles(files);
    });
  }

  open({ focus = false } = {}) {
    this.hidden = false;
    store("open");
    if (!focus) return;
    part(this, "file").focus({ preventScroll: true });
    this.scrollIntoView({ block: "start" });
  }

  close() {
    this.hidden = true;
    store("closed");
    if (window.location.hash === hash) window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  }
}

function stored() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without storage the choice holds for this page only.
  }
}

customElements.define("vh-upload", VideohostUpload);
