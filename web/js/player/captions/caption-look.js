// How captions look, and what the menu offers. Pure.

/** The choices of each property: name → the value of its custom property in CSS. The first is the one without a choice. */
export const looks = {
  size: { medium: "1", small: "0.75", large: "1.4", huge: "1.9" },
  colour: { white: "#fff", yellow: "#ffe94a", cyan: "#7df3ff", green: "#8dff8a" },
  ground: { shade: "rgb(0 0 0 / 72%)", black: "#000", none: "transparent" },
};

/** `{size, colour, ground}` out of what was stored; unknown values become the first ones. */
export function lookOf(stored) {
  const look = {};
  for (const [property, choices] of Object.entries(looks)) {
    look[property] = Object.hasOwn(choices, stored?.[property] ?? "") ? stored[property] : Object.keys(choices)[0];
  }
  return look;
}
