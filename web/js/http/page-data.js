// What the server has put into the page for its first view.

/** The page's data: `{video, next}`, as far as the page has them. */
export function pageData() {
  return JSON.parse(document.getElementById("page-data").textContent);
}

/**
 * The origin under which others reach this site: that of the canonical address, which the server writes by its `--public-url`, else
 * the browser's.
 */
export function publicOrigin() {
  const canonical = document.querySelector("link[rel=canonical]");
  return canonical ? new URL(canonical.href).origin : window.location.origin;
}
