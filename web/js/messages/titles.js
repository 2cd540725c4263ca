// A readable title from a file name.

/** `My_trip-2024.final.MOV` → `My trip 2024.final`. Never empty. */
export function titleFromFileName(name) {
  const base = name.replace(/^.*[\\/]/, "").replace(/\.[A-Za-z0-9]{1,5}$/, "");
  const text = base.replace(/[_\s]+/g, " ").replace(/(\w)-(?=\w)/g, "$1 ").trim();
  return (text || name.trim() || "Untitled").slice(0, 200);
}
