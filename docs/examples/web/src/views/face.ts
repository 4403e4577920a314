/** Pictures of artists and of what they show: the real ones, and drawn ones where there are none. */

import { fill, h, on } from "../dom";
import { avatarPicture, publicPicture } from "../pictures";
import { drawInitials, drawPicture } from "../placeholder-art";

/** Create the portrait of an artist: their picture, which is public, or their initials. */
export function portrait(
  { id, name, avatar }: { id: string; name: string; avatar: string | null },
  size: "small" | "large" = "small",
): Element {
  const drawn = drawInitials(name, id);
  drawn.setAttribute("class", size === "large" ? "face large" : "face");
  const frame = h("span", { class: "portrait" }, drawn);
  if (avatar) {
    const image = publicPicture(avatar, "");
    image.classList.add(...drawn.classList);
    on(image, { error: () => image.replaceWith(avatarPicture(avatar, drawn)) });
    fill(frame, image);
  }
  return frame;
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
