// A classic script in <head>: sets the chosen theme before the first paint, so that nothing flashes.
(function () {
  try {
    var theme = localStorage.getItem("videohost.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (error) {
    // Without storage the system's theme applies.
  }
})();
