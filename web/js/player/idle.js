// Hides the controls and the pointer without activity.

const patience = 2600;

/** Sets `data-idle` on the frame. While `busy()` is true the controls stay. Returns `wake`. */
export function idle(frame, video, busy) {
  let timer = null;
  const sleep = () => {
    const focusInside = frame.querySelector(".controls :focus-visible") !== null;
    if (video.paused || busy() || focusInside) wake();
    else frame.dataset.idle = "";
  };
  const wake = () => {
    delete frame.dataset.idle;
    window.clearTimeout(timer);
    timer = window.setTimeout(sleep, patience);
  };
  for (const event of ["pointermove", "pointerdown", "focusin", "keydown"]) frame.addEventListener(event, wake);
  for (const event of ["pause", "play", "seeking", "ended"]) video.addEventListener(event, wake);
  frame.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "mouse" || video.paused || busy()) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(sleep, 600);
  });
  return wake;
}
