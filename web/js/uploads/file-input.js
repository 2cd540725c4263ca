// Takes files from the picker and from a drop anywhere on the page.

import { t } from "../i18n/translate.js";
import { show } from "../ui/dom.js";
import { notice } from "../ui/toast.js";

// Types and endings of names that pickers offer.
const accepted = "video/*,audio/*,.mkv,.ts,.mts,.m2ts,.mov,.avi,.flv,.wmv,.webm";

/** Calls `onFiles(files)` for each choice with `input` and each drop on the page; `veil` is shown while files are dragged. */
export function watchFileInput(input, veil, onFiles) {
  input.accept = accepted;
  input.addEventListener("change", () => {
    const files = [...input.files];
    // Without this, choosing the same file again would fire no event.
    input.value = "";
    if (files.length > 0) onFiles(files);
  });

  let depth = 0;
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const lift = (change) => {
    depth = Math.max(0, change);
    show(veil, depth > 0);
  };
  document.addEventListener("dragenter", (event) => carriesFiles(event) && lift(depth + 1));
  document.addEventListener("dragleave", (event) => carriesFiles(event) && lift(depth - 1));
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    lift(0);
    const files = droppedFiles(event.dataTransfer);
    if (files.length > 0) onFiles(files);
  });
}

/** The dropped files, without folders, which look like files but cannot be read. */
function droppedFiles(transfer) {
  const isFolder = (item) => item.webkitGetAsEntry?.()?.isDirectory === true;
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const files = items.filter((item) => !isFolder(item)).map((item) => item.getAsFile());
  if (files.length < items.length) notice(t("uploads.folders"));
  return files.filter((file) => file !== null);
}

/** Opens the picker for one file and resolves with it, or with null. */
export function chooseOne() {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = accepted;
    input.addEventListener("change", () => resolve(input.files[0] ?? null), { once: true });
    input.addEventListener("cancel", () => resolve(null), { once: true });
    input.click();
  });
}
