// How many captions of a segment go to the browser.

// A segment has a few seconds, in which nobody reads as many. A browser takes minutes for thousands at one moment, since it looks
// through all that show whenever one is added.
const most = 200;

/** The class of hls.js that reads captions (`timelineController` of its configuration), with a limit for each segment. */
export function limited(Controller) {
  return class extends Controller {
    // hls.js calls this with the cues of a segment, in order of time.
    _appendCues(cues, ...more) {
      super._appendCues(cues.slice(0, most), ...more);
    }
  };
}
