// Short messages at the edge of the page, read out by screen readers.

import { el } from "./dom.js";
import { icon } from "./icons.js";

let region = null;

function place() {
  if (region === null) {
    region = el("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  // A modal dialog covers everything outside it; messages then belong inside.
  const host = document.querySelector("dialog[open]") ?? document.fullscreenElement ?? document.body;
  if (region.parentNode !== host) host.append(region);
  return region;
}

/** Shows `text` for some seconds. `tone`: `plain`, `good` or `bad`; `action`: `{label, run}`. */
export function toast(text, { tone = "plain", action = null, seconds = 5 } = {}) {
  const node = el("div", { class: `toast toast-${tone}` });
  if (tone !== "plain") node.append(icon(tone === "good" ? "check" : "alert"));
  node.append(el("span", { text }));
  const remove = () => node.remove();
  if (action) {
    const run = () => {
      remove();
      action.run();
    };
    node.append(el("button", { class: "button button-quiet button-small", type: "button", text: action.label, on: { click: run } }));
  }
  place().append(node);
  window.setTimeout(remove, seconds * 1000);
}
