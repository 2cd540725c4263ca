// A touch screen's keyboard over the page: the room then takes the part of the window that is left.

// A keyboard takes at least so much of the height; the bars of browsers take less.
const share = 0.25;

/** Whether a keyboard is open: somebody types, and the visible height is clearly less than the greatest one of this width. Pure. */
export function keyboardIsOpen({ typing, height, tallest }) {
  return typing && height < tallest * (1 - share);
}

/**
 * Sets `data-keyboard` on `<html>` while somebody types in `room` with a keyboard over the page, and `--visible-top` and
 * `--visible-height`, the part of the window above it. Browsers that shrink the window and those that lay the keyboard over it
 * look the same to it.
 */
export function watchKeyboard(room) {
  const view = window.visualViewport;
  if (!view || !window.matchMedia("(any-pointer: coarse)").matches) return;
  const page = document.documentElement;
  let width = 0;
  let tallest = 0;
  const look = () => {
    // Zoomed in by two fingers, the visible part is smaller for another reason.
    const height = view.height * view.scale;
    if (window.innerWidth !== width) tallest = 0;
    width = window.innerWidth;
    tallest = Math.max(tallest, height);
    const typing = room.contains(document.activeElement) && document.activeElement.matches("input");
    const open = keyboardIsOpen({ typing, height, tallest });
    page.toggleAttribute("data-keyboard", open);
    if (!open) return;
    page.style.setProperty("--visible-top", `${view.offsetTop}px`);
    page.style.setProperty("--visible-height", `${view.height}px`);
  };
  for (const event of ["resize", "scroll"]) view.addEventListener(event, look);
  for (const event of ["focusin", "focusout"]) room.addEventListener(event, () => window.setTimeout(look));
  look();
}
