// Clicks and touches on the video.

import { show } from "../../ui/dom.js";
import { part } from "../../elements/parts.js";

const doubleTap = 300;
const longPress = 500;

// The browser's click follows the touch within this time.
const clickAfterTouch = 1_000;

/**
 * A click plays or pauses, a double click is full screen. On a touch screen a tap shows or hides the controls, and two
 * quick taps on the left or right third jump by ten seconds. A press that lasts plays at twice the speed until it ends.
 * A tap that shows the controls does nothing else.
 */
export function surface(player, wake) {
  const { frame } = player;
  const area = part(frame, "surface");
  const badge = part(frame, "hold");
  let lastTap = { at: -Infinity, x: 0 };
  let byMouse = true;
  let held = false;
  let wasIdle = false;
  let wokenAt = -Infinity;
  let timer = null;

  // The click after a touch goes to whatever lies under the finger by then: a button that the touch has just brought.
  frame.addEventListener("pointerdown", () => (wokenAt = -Infinity), { capture: true });
  const swallow = (event) => {
    if (event.detail === 0 || performance.now() - wokenAt > clickAfterTouch) return;
    wokenAt = -Infinity;
    event.preventDefault();
    event.stopPropagation();
  };
  frame.addEventListener("click", swallow, { capture: true });

  const release = () => {
    window.clearTimeout(timer);
    player.release();
    show(badge, false);
  };

  area.addEventListener("pointerdown", (event) => {
    byMouse = event.pointerType === "mouse";
    held = false;
    // A finger that moves a little wakes the controls before it leaves.
    wasIdle = "idle" in frame.dataset;
    // On a touch screen the tap itself decides about the controls.
    if (!byMouse) event.stopPropagation();
    if (event.button !== 0) return;
    timer = window.setTimeout(() => {
      held = player.hold();
      show(badge, held);
    }, longPress);
  });
  for (const event of ["pointerup", "pointercancel", "pointerleave"]) area.addEventListener(event, release);
  // A long touch would open the browser's own menu.
  area.addEventListener("contextmenu", (event) => (held || !byMouse) && event.preventDefault());

  area.addEventListener("pointerup", (event) => {
    if (event.pointerType === "mouse" || held) return;
    const now = performance.now();
    const box = area.getBoundingClientRect();
    const place = (event.clientX - box.left) / box.width;
    const again = now - lastTap.at < doubleTap && Math.abs(event.clientX - lastTap.x) < 60;
    lastTap = { at: now, x: event.clientX };
    if (again && place < 1 / 3) player.seekBy(-10);
    else if (again && place > 2 / 3) player.seekBy(10);
    else if (again) player.toggle();
    else if (wasIdle || player.video.paused) {
      wokenAt = now;
      wake();
    } else frame.dataset.idle = "";
  });
  area.addEventListener("click", () => byMouse && !held && player.toggle());
  area.addEventListener("dblclick", () => byMouse && player.full());
}
