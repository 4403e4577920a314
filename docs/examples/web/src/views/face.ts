/** Pictures of artists and of what they show: the real ones, and drawn ones where there are none. */

import { h, on } from "../dom";
import { avatarPicture, publicPicture } from "../pictures";
import { drawInitials, drawPicture } from "../placeholder-art";

/** Create the portrait of a person: their picture, or their initials. */
export function portrait(
  { id, name, avatar }: { id: string; name: string; avatar: string | null },
  size: "small" | "large" = "small",
): Element {
  const drawn = drawInitials(name, id);
  drawn.setAttribute("class", size === "large" ? "face large" : "face");
  return h("span", { class: "portrait" }, avatarPicture(avatar, drawn));
}

/** Create a public picture; a drawn one takes its place where it cannot be loaded. */
export function picture(fileId: string, alt: string): HTMLImageElement {
  const image = publicPicture(fileId, alt);
  const draw = (): void => {
    const drawn = drawPicture(fileId);
    if (alt) {
      drawn.setAttribute("role", "img");
      drawn.setAttribute("aria-label", alt);
      drawn.removeAttribute("aria-hidden");
    }
    image.replaceWith(drawn);
  };
  return on(image, { error: draw });
}
