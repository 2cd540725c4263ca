// Sentences for errors: what happened and what can be done.

const byCode = {
  unreachable: "The server cannot be reached. Check your connection.",
  file_unreadable: "The file cannot be read any more. Was it changed, moved or deleted?",
  email_taken: "There is already an account with this e-mail address.",
  username_taken: "This name is taken. Try another.",
  invalid_email: "This does not look like an e-mail address.",
  invalid_username: "Names have 3 to 32 letters, digits, dots, dashes or underscores, and begin with a letter or digit.",
  weak_password: "Passwords need 8 to 128 characters, and must not be your name or address.",
  bad_credentials: "Name or password is wrong.",
  video_blocked: "This video was taken down by the operator.",
  upload_locked: "This upload is being written to from somewhere else.",
  upload_in_progress: "Another upload for this video is still open. Go on where it was begun, or delete this video and start anew.",
  video_has_source: "This video has its file already.",
  too_many_attempts: "Too many wrong passwords from here.",
  too_many_registrations: "Too many accounts were made from here.",
  offset_out_of_range: "The server and this page disagree about how much has arrived.",
};

// For these the server's `detail` names the limit.
const withDetail = {
  quota_exceeded: ["Your account has as much as it may have.", "Delete some videos, then try again."],
  upload_too_large: ["This file is larger than the server accepts.", "Choose a smaller one."],
};

const byStatus = {
  401: "Please sign in again.",
  403: "You may not do this.",
  404: "This does not exist, or not any more.",
  413: "This file is larger than the server accepts.",
  429: "Too many attempts.",
  500: "Something went wrong on the server.",
  502: "The server is not answering right now.",
  503: "The server is busy. Try again in a moment.",
  504: "The server is not answering right now.",
  507: "The server has no room for this file at the moment.",
};

/** The sentence for a Problem, or for anything that looks like one. */
export function problemSentence(problem) {
  const wait = problem?.status === 429 && problem.retryAfter ? ` Try again in ${waiting(problem.retryAfter)}.` : "";
  const limit = withDetail[problem?.code];
  if (limit) return `${limit[0]} ${problem.detail || limit[1]}`;
  const known = byCode[problem?.code];
  if (known) return known + wait;
  if (problem?.status === 422 || problem?.status === 400) return problem.detail || "The server did not accept this.";
  const sentence = byStatus[problem?.status];
  return sentence ? sentence + wait : problem?.detail || problem?.title || "Something went wrong.";
}

function waiting(seconds) {
  if (seconds === 1) return "1 second";
  return seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}
