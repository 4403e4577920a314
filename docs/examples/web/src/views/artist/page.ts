import { api } from "../../api/client";
import type { ArtistPageView } from "../../api/schema";
import { fill, h } from "../../dom";
import { t } from "../../messages";
import { type Page, type Visit, describePage } from "../../router";
import { getCurrentUser } from "../../session";
import { loadedSection } from "../screen";
import { header } from "./header";
import { places } from "./places";
import { policies } from "./policies";
import { reviews } from "./reviews";
import { services } from "./services";
import { works } from "./works";

import "../../styles/artist.css";
import "../../styles/lists.css";

/**
 * An artist's page: profile, services, works, reviews and policies. `?service=` chooses a service,
 * as the links of share pages do.
 */
export function artist({ path, query, signal }: Visit): Page {
  const { handle = "" } = path;
  const isSignedIn = getCurrentUser() !== null;
  // The heading is there in every state of the page.
  const head = h("div", { class: "awaited" }, h("h1", { class: "unseen" }, t("artist.title")));
  const content = h("article", { class: "artist" }, head);
  const whole = loadedSection({
    key: `${isSignedIn ? "my" : "public"}/artist/${handle}`,
    signal,
    load: () => loadPage(handle, signal),
    render(page) {
      describePage({ title: page.businessName || page.name, description: page.bio });
      head.classList.remove("awaited");
      fill(head, header(page));
      return [
        h(
          "div",
          { class: "artist-columns" },
          works(page, signal),
          h(
            "div",
            { class: "artist-offers" },
            services(page, query.get("service"), signal),
            places(page, signal),
          ),
          reviews(page, signal),
          policies(page, signal),
        ),
      ];
    },
  });
  content.append(whole.element);
  return { title: t("artist.title"), content };
}

/** Load the page as the user may see it: an artist's clients may see more than others. */
async function loadPage(handle: string, signal: AbortSignal): Promise<ArtistPageView> {
  const found = await api("get", "/v1/profiles/artists/{handle}", { path: { handle }, signal });
  if (!getCurrentUser()) return found;
  const path = { id: found.artistId };
  return api("get", "/v1/profiles/users/{id}/page", { path, signal }).catch(() => found);
}
