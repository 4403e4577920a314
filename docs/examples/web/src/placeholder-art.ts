/**
 * Placeholder art: pictures generated from a seed string. The same seed always gives the same
 * picture. They replace the avatars and portfolio photographs that this example does not load.
 */

import { s } from "./dom";

const PALETTES = [
  ["#f0e2cd", "#b3331d", "#e0a458", "#3a4a4d"],
  ["#e6e3d6", "#2f5d50", "#d98e5f", "#1f2a30"],
  ["#efe0dc", "#7b2d43", "#d9a5a0", "#33303e"],
  ["#e3e6e4", "#2d4f73", "#e2b04a", "#26262b"],
  ["#ece4d4", "#8a4b12", "#8fa68a", "#2b2a24"],
] as const;

/** Draw a picture `width` units wide and 100 high. It is decoration, hidden from screen readers. */
export function drawPicture(seed: string, width = 100): SVGElement {
  const random = randomFrom(seed);
  const [paper, accent, second, ink] =
    PALETTES[Math.floor(random() * PALETTES.length)] ?? PALETTES[0];
  const image = s("svg", {
    viewBox: `0 0 ${width} 100`,
    class: "picture",
    preserveAspectRatio: "xMidYMid slice",
    "aria-hidden": "true",
  });
  image.append(s("rect", { width, height: 100, fill: paper }));
  const sun = { cx: width * (0.25 + random() / 2), cy: 22 + random() * 26, r: 12 + random() * 12 };
  image.append(s("circle", { ...sun, fill: accent }));
  image.append(s("path", { d: hillPath(random, 62, width), fill: second }));
  image.append(s("path", { d: hillPath(random, 76, width), fill: ink }));
  const stems = (3 + Math.floor(random() * 3)) * Math.ceil(width / 150);
  for (let index = 0; index < stems; index++) image.append(drawStem(random, width, ink, accent));
  return image;
}

/** Draw a round avatar with the initials of a name. */
export function drawInitials(name: string, seed: string): SVGElement {
  const palette = PALETTES[Math.floor(randomFrom(seed)() * PALETTES.length)] ?? PALETTES[0];
  const letters = name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .join("")
    .slice(0, 2)
    .toUpperCase();
  return s(
    "svg",
    { viewBox: "0 0 40 40", class: "avatar", "aria-hidden": "true" },
    s("circle", { cx: 20, cy: 20, r: 20, fill: palette[3] }),
    s(
      "text",
      { x: 20, y: 20, dy: "0.36em", "text-anchor": "middle", fill: palette[0], "font-size": 15 },
      letters || "?",
    ),
  );
}

function hillPath(random: () => number, level: number, width: number): string {
  const height = () => level - 6 + random() * 14;
  const [first, second, third] = [width * 0.25, width * 0.45, width * 0.62];
  const curve = `C ${first} ${height() - 10}, ${second} ${height() + 10}, ${third} ${height()}`;
  return `M0 ${height()} ${curve} S ${width * 0.88} ${height() - 12}, ${width} ${height()} V100 H0Z`;
}

function drawStem(random: () => number, width: number, ink: string, accent: string): SVGElement {
  const [x, top, lean] = [width * (0.06 + random() * 0.88), 34 + random() * 24, random() * 16 - 8];
  const group = s("g", {
    fill: "none",
    stroke: ink,
    "stroke-width": 1.1,
    "stroke-linecap": "round",
  });
  group.append(s("path", { d: `M${x} 100 Q ${x + lean} ${(top + 100) / 2}, ${x + lean} ${top}` }));
  for (let leaf = 0; leaf < 4; leaf++) {
    const y = top + 8 + leaf * 8;
    const side = leaf % 2 ? 1 : -1;
    const reach = side * (5 + random() * 5);
    group.append(
      s("path", {
        d: `M${x + lean} ${y} q ${reach} -1, ${reach * 1.2} -6 q ${-reach} 0, ${-reach * 1.2} 6`,
        fill: ink,
      }),
    );
  }
  group.append(
    s("circle", { cx: x + lean, cy: top, r: 2 + random() * 1.5, fill: accent, stroke: "none" }),
  );
  return group;
}

/** Return a generator of numbers in [0, 1) determined by the seed (FNV-1a hash, mulberry32). */
function randomFrom(seed: string): () => number {
  let state = 2166136261;
  for (const letter of seed) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
