/** Pictures of artists and of what they show: the real ones, and drawn ones where there are none. */

import { publicPicture } from "../pictures";
import { drawInitials, drawPicture } from "../placeholder-art";

/** Create the portrait of a person: their picture, or their initials. */
export function portrait(
  { id, name, avatar }: { id: string; name: string; avatar: string | null },
  size: "small" | "large" = "small",
): Element {
  const face = avatar
    ? withFallback(publicPicture(avatar, ""), () => drawInitials(name, id))
    : drawInitials(name, id);
  face.classList.add("face");
  if (size === "large") face.classList.add("large");
  return face;
}

/** Create a public picture; a drawn one takes its place where it cannot be loaded. */
export function picture(fileId: string, alt: string): HTMLImageElement {
  return withFallback(publicPicture(fileId, alt), () => {
    const drawn = drawPicture(fileId);
    if (alt) {
      drawn.setAttribute("role", "img");
      drawn.setAttribute("aria-label", alt);
      drawn.removeAttribute("aria-hidden");
    }
    return drawn;
  });
}

function withFallback(image: HTMLImageElement, draw: () => Element): HTMLImageElement {
  image.addEventListener("error", () => {
    const drawn = draw();
    for (const name of image.classList) drawn.classList.add(name);
    image.replaceWith(drawn);
  });
  return image;
}
