// Hides the controls and the pointer without activity.

const patience = 2600;
// Who uses keys needs longer to find the next control.
const keyPatience = 6000;

/** Sets `data-idle` on the frame, until the signal. While `busy()` is true the controls stay. Returns `wake`. */
export function idle(frame, video, signal, busy) {
  let timer = null;
  let byKey = false;
  const sleep = () => {
    // Paused, the controls stay until it plays, which wakes them.
    if (video.paused || signal.aborted) return;
    if (busy()) wake();
    else frame.dataset.idle = "";
  };
  const wake = () => {
    delete frame.dataset.idle;
    window.clearTimeout(timer);
    // The focus in the controls alone does not keep them: a menu returns it there, and nobody may need it.
    const focused = byKey && frame.querySelector(".controls :focus") !== null;
    timer = window.setTimeout(sleep, focused ? keyPatience : patience);
  };
  for (const event of ["pointermove", "pointerdown", "focusin", "keydown"]) {
    frame.addEventListener(event, () => {
      if (event !== "focusin") byKey = event === "keydown";
      wake();
    });
  }
  for (const event of ["pause", "play", "seeking", "ended"]) video.addEventListener(event, wake);
  frame.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "mouse" || video.paused || busy()) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(sleep, 600);
  });
  signal.addEventListener("abort", () => window.clearTimeout(timer));
  return wake;
}
