// What only a video's owner needs on the watch page. It is loaded for the owner alone.

import "../elements/vh-owner.js";
