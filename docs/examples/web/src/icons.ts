/** Icons of the interface. */

import { s } from "./dom";

const PATHS = {
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5.2 12.2L21 21",
  calendar: "M4 6.5h16v13H4zM4 10.5h16M8.5 4v4M15.5 4v4",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  person: "M12 4.5a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2ZM5 20c.6-4 3.3-6 7-6s6.4 2 7 6",
  send: "M4.5 12 20 4.5 15.5 20l-4-6.5zM20 4.5l-8.5 9",
  back: "M14.5 5 8 12l6.5 7",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 3.8V12l3 2",
  star: "m12 4.2 2.4 5 5.5.7-4 3.8 1 5.4-4.9-2.7-4.9 2.7 1-5.4-4-3.8 5.5-.7z",
  pin: "M12 20.5c4-4.600 6-7.700 6-10.300a6 6 0 1 0-12 0c0 2.600 2 5.700 6 10.300Zm0-8.300a2.100 2.100 0 1 0 0-4.200 2.100 2.100 0 0 0 0 4.200Z",
  check: "m5 12.500 4.500 4.500L19 7.500",
  bell: "M6 16.500c1.200-1.300 1.500-2.800 1.500-5.500a4.500 4.500 0 0 1 9 0c0 2.700.3 4.200 1.500 5.500zM10.300 19.500h3.400",
  clip: "m8 12.500 6-6a3 3 0 0 1 4.300 4.300l-8 8a4.800 4.800 0 0 1-6.800-6.800L11 4.500",
  file: "M6.500 3.500h7l4 4v13h-11zM13.500 3.500v4h4",
  close: "M6.500 6.500l11 11M17.500 6.500l-11 11",
  offline:
    "M4 4l16 16M8.500 15.500a5 5 0 0 1 5.500-1M5 12a10 10 0 0 1 4-2.400M12.500 9a10 10 0 0 1 6.500 3M12 19h.01",
} as const;

export type IconName = keyof typeof PATHS;

/** Create an icon. It always stands next to a label, so screen readers skip it. */
export function icon(name: IconName): SVGElement {
  return s(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
    s("path", { d: PATHS[name] }),
  );
}
