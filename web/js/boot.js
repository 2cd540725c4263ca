// A classic script in <head>, before everything else that a page loads.
(function () {
  // The chosen theme is set before the first paint, so that nothing flashes.
  try {
    var theme = localStorage.getItem("videohost.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (error) {
    // Without storage the system's theme applies.
  }

  // While nodes are replaced one after the other, a node may lack a file that the page of another node names, and a line may break.
  // The page is then loaded again, once; where that does not help either, it says so.
  var isOver = false;
  window.addEventListener("error", missing, true);
  function missing(event) {
    var node = event.target;
    var isNeeded = node instanceof HTMLScriptElement || (node instanceof HTMLLinkElement && (node.rel === "stylesheet" || node.href === addressOfMessages()));
    if (!isNeeded || isOver) return;
    isOver = true;
    var navigation = performance.getEntriesByType("navigation")[0];
    if (navigation && navigation.type !== "reload") window.location.reload();
    else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", say);
    else say();
  }
  // A page without a player, in a frame of another site, says so to the page around it, as docs/embed.md describes. It has no other
  // module. Who reads it learns nothing that the frame does not show.
  document.addEventListener("DOMContentLoaded", function () {
    if (window.parent === window || !document.querySelector("[data-refused]")) return;
    window.addEventListener("message", function (event) {
      if (event.source === window.parent && event.data && event.data.videohost && event.data.command) tell();
    });
    tell();
  });
  function tell() {
    window.parent.postMessage({ videohost: 1, event: "unavailable" }, "*");
  }
  function addressOfMessages() {
    return new URL(document.documentElement.dataset.messages || "", document.baseURI).href;
  }
  function say() {
    document.querySelector("[data-part=incomplete]").hidden = false;
  }
})();
