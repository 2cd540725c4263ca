// Clicks and touches on the video.

const doubleTap = 300;

/**
 * A click plays or pauses, a double click is full screen. On a touch screen a tap shows or hides the controls, and two
 * quick taps on the left or right third jump by ten seconds.
 */
export function surface(player, wake) {
  const area = player.frame.querySelector(".player-surface");
  let lastTap = { at: -Infinity, x: 0 };

  area.addEventListener("pointerup", (event) => {
    if (event.pointerType === "mouse") return;
    const now = performance.now();
    const box = area.getBoundingClientRect();
    const place = (event.clientX - box.left) / box.width;
    const again = now - lastTap.at < doubleTap && Math.abs(event.clientX - lastTap.x) < 60;
    lastTap = { at: now, x: event.clientX };
    if (again && place < 1 / 3) player.seekBy(-10);
    else if (again && place > 2 / 3) player.seekBy(10);
    else if (again) player.toggle();
    else if ("idle" in player.frame.dataset || player.video.paused) wake();
    else player.frame.dataset.idle = "";
  });
  // pointerdown would show the controls before the tap is handled, so it does not reach that handler.
  area.addEventListener("pointerdown", (event) => event.pointerType !== "mouse" && event.stopPropagation());

  let byMouse = true;
  area.addEventListener("pointerdown", (event) => (byMouse = event.pointerType === "mouse"));
  area.addEventListener("click", () => byMouse && player.toggle());
  area.addEventListener("dblclick", () => byMouse && player.full());
}
