// Short messages at the edge of the page, and notices that stay until they are read; screen readers read both out.

import { t } from "../i18n/translate.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";

let region = null;

function place() {
  if (region === null) {
    region = el("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(region);
    // What stands in a dialog or in full screen stays in view when that ends; the event does not bubble.
    const again = () => region.hasChildNodes() && place();
    document.addEventListener("close", again, true);
    document.addEventListener("fullscreenchange", again);
  }
  // A modal dialog covers everything outside it; messages then belong inside.
  const host = document.querySelector("dialog[open]") ?? document.fullscreenElement ?? document.body;
  if (region.parentNode !== host) host.append(region);
  return region;
}

/** Shows `text` for some seconds. `tone`: `plain`, `good` or `bad`; `action`: `{label, run}`. For what nobody has to read. */
export function toast(text, { tone = "plain", action = null, seconds = 5 } = {}) {
  const node = message(text, tone);
  const remove = () => node.remove();
  if (action) node.append(actionButton(action, remove));
  place().append(node);
  window.setTimeout(remove, seconds * 1000);
}

/**
 * Shows what a person must read: `text` stays until it is closed, or until `action` (`{label, run}`) is taken. The same text stands
 * there once.
 */
export function notice(text, action = null) {
  const node = message(text, "bad");
  // The focus returns to where it was, as the pressed button goes.
  const before = document.activeElement;
  const remove = () => {
    const focused = node.contains(document.activeElement);
    node.remove();
    if (focused && before?.isConnected) before.focus({ preventScroll: true });
  };
  if (action) node.append(actionButton(action, remove));
  const close = el("button", { class: "button button-quiet button-icon button-small", type: "button", "aria-label": t("common.close"), on: { click: remove } });
  close.append(icon("close"));
  node.append(close);
  const there = place();
  for (const other of [...there.children]) if (other.dataset.text === text) other.remove();
  node.dataset.text = text;
  there.append(node);
}

function message(text, tone) {
  const node = el("div", { class: `toast toast-${tone}` });
  if (tone !== "plain") node.append(icon(tone === "good" ? "check" : "alert"));
  node.append(el("span", { text }));
  return node;
}

function actionButton({ label, run }, remove) {
  const press = () => {
    remove();
    run();
  };
  return el("button", { class: "button button-quiet button-small", type: "button", text: label, on: { click: press } });
}
