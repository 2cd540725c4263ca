// What the server has put into the page for its first view.

/** The page's data: `{video, next}`, as far as the page has them. */
export function pageData() {
  return JSON.parse(document.getElementById("page-data").textContent);
}
