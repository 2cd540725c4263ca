// Light or dark: the system's choice until the visitor makes one.

const key = "videohost.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function current() {
  return document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
}

/** Makes `button` switch the theme; `setIcon` shows what it would switch to. */
export function themeToggle(button, setIcon) {
  const draw = () => {
    const next = current() === "dark" ? "light" : "dark";
    setIcon(button, next === "dark" ? "moon" : "sun");
    button.setAttribute("aria-label", `Switch to ${next} theme`);
    button.title = `Switch to ${next} theme`;
  };
  button.addEventListener("click", () => {
    const next = current() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(key, next);
    } catch {
      // Without storage the choice holds for this page only.
    }
    draw();
  });
  dark.addEventListener("change", draw);
  draw();
}
