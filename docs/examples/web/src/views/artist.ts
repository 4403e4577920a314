import { api } from "../api/client";
import type {
  ArtistPageView,
  PolicyVersion,
  PortfolioItemView,
  ReviewView,
  ServiceView,
} from "../api/schema";
import { showCached } from "../cache";
import { config } from "../config";
import { fill, h, on } from "../dom";
import { day, duration, money, zoneName } from "../format";
import { icon } from "../icons";
import { toast } from "../layout";
import { drawPicture } from "../placeholder-art";
import { type Page, type Visit, go } from "../router";
import { getCurrentUser } from "../session";
import { detail, failure, loading, signInPath } from "./parts";

const POLICY_NAMES: Partial<Record<PolicyVersion["kind"], string>> = {
  deposit: "Deposit",
  design: "Design and changes",
  reschedule: "Rescheduling",
  cancellation: "Cancellation",
  late_arrival: "Late arrival",
  no_show: "Not showing up",
  age: "Age",
  image_rights: "Photographs",
  consent: "Consent",
};

/**
 * An artist's page: profile, services, works, reviews and policies. `?service=` chooses a service,
 * as the links of share pages do.
 */
export function artist({ path, query, signal }: Visit): Page {
  const { handle = "" } = path;
  const about = h("div", {}, loading());
  const services = h("section", { "aria-label": "Services" });
  const works = h("section", { "aria-label": "Works", hidden: true });
  const reviews = h("section", { "aria-label": "Reviews", hidden: true });
  const policies = h("section", { "aria-label": "Policies" });
  const content = h("article", { class: "artist" }, about, services, works, reviews, policies);
  void load();
  return { title: "Artist", content };

  async function load(): Promise<void> {
    try {
      const request = () =>
        api("get", "/v1/profiles/artists/{handle}", { path: { handle }, signal });
      let artistId = "";
      await showCached(`public/artist/${handle}`, request, (page) => {
        fill(about, header(page));
        document.title = `${page.name} · Artist Booking`;
        if (page.artistId === artistId) return;
        artistId = page.artistId;
        void loadServices(page, services, query.get("service"), signal);
        void loadWorks(page.artistId, works, signal);
        void loadReviews(page.artistId, reviews, signal);
        void loadPolicies(page.artistId, policies, signal);
      });
    } catch (error) {
      if (!signal.aborted) fill(about, failure(error));
    }
  }
}

function header(page: ArtistPageView): HTMLElement {
  const { rating } = page;
  const place = [page.address, page.city].filter(Boolean).join(", ");
  return h(
    "header",
    { class: "artist-head" },
    h("div", { class: "banner" }, drawPicture(page.artistId, 360)),
    h("h1", {}, page.businessName || page.name),
    page.businessName ? h("p", { class: "muted" }, `with ${page.name}`) : null,
    h(
      "p",
      { class: "details" },
      place ? detail("pin", place) : null,
      page.timeZone ? detail("clock", `${zoneName(page.timeZone)} time`) : null,
      rating.average !== null
        ? detail("star", `${rating.average} of 5 from ${rating.count}`)
        : null,
      page.languages.length > 0 ? detail("chat", page.languages.map(language).join(", ")) : null,
    ),
    page.bio ? h("p", { class: "bio" }, page.bio) : null,
    h(
      "p",
      { class: "chips" },
      ...[...page.styles, ...page.tags].map((word) => h("span", { class: "chip" }, word)),
    ),
    h(
      "p",
      { class: "actions" },
      messageButton(page.artistId),
      page.handle ? copyButton("Copy link", sharePage(page.handle)) : null,
    ),
  );
}

/** Return the address of an artist's share page, of which link previews are made. */
async function sharePage(handle: string): Promise<string> {
  const { apiUrl } = await config();
  return `${apiUrl}/v1/profiles/artists/${handle}/share`;
}

/** Create a button that copies an address. */
function copyButton(label: string, address: Promise<string>, description = label): HTMLElement {
  const button = h("button", { class: "quiet", "aria-label": description }, label);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(await address);
    toast("The link is copied.");
  };
  return on(button, { click: () => void copy().catch((error: unknown) => toast(String(error))) });
}

/** Create a button that opens the conversation with the artist; artists get none. */
export function messageButton(artistId: string, label = "Write a message"): HTMLElement | null {
  if (getCurrentUser()?.role === "artist") return null;
  const button = h("button", { class: "secondary" }, icon("chat"), label);
  return on(button, { click: () => void openConversation(artistId, button) });
}

async function openConversation(artistId: string, button: HTMLButtonElement): Promise<void> {
  if (!getCurrentUser()) return go(signInPath());
  button.disabled = true;
  try {
    const { id } = await api("post", "/v1/messages/conversations", { body: { artistId } });
    go(`/messages/${id}`);
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
    button.disabled = false;
  }
}

async function loadServices(
  page: ArtistPageView,
  section: HTMLElement,
  chosenId: string | null,
  signal: AbortSignal,
): Promise<void> {
  const { artistId } = page;
  const request = () => api("get", "/v1/appointments/services", { query: { artistId }, signal });
  const handle = page.handle ?? artistId;
  await showCached(`public/services/${artistId}`, request, ({ items }) => {
    const rows = items.map((service) =>
      h(
        "li",
        service.id === chosenId ? { "aria-current": "true" } : {},
        serviceRow(service, handle, page.booksOpen),
      ),
    );
    const list = h("ul", { class: "rows" }, ...rows);
    const noServices = h("p", { class: "muted" }, "Nothing can be booked at the moment.");
    const chosen = items.find(({ id }) => id === chosenId);
    fill(
      section,
      h("h2", {}, "Services"),
      chosenId ? chosenService(chosen, handle, page.booksOpen) : null,
      items.length > 0 ? list : noServices,
    );
    if (chosen) section.scrollIntoView({ block: "start" });
  }).catch(() => undefined);
}

/** Create the offer to book the service that a link chose. */
function chosenService(
  service: ServiceView | undefined,
  handle: string,
  booksOpen: boolean,
): HTMLElement {
  if (!service) return h("p", { class: "panel" }, "The service of this link is no longer offered.");
  const text = `${service.name} · ${duration(service.durationMinutes)} · ${money(service.total)}`;
  const canBook = booksOpen && getCurrentUser()?.role !== "artist";
  return h(
    "div",
    { class: "panel chosen-service" },
    h("p", {}, h("strong", {}, text)),
    canBook
      ? h(
          "a",
          { class: "button primary", href: `/artists/${handle}/book/${service.id}` },
          "Book now",
        )
      : null,
  );
}

function serviceRow(service: ServiceView, handle: string, booksOpen: boolean): HTMLElement {
  const details = [
    duration(service.durationMinutes),
    service.sittings > 1 ? `${service.sittings} sittings of ${money(service.price)}` : "",
    service.deposit ? "deposit" : "",
    service.mode === "request" ? "on request" : "",
  ].filter(Boolean);
  return h(
    "div",
    { class: "service" },
    h(
      "div",
      {},
      h("h3", {}, service.name),
      service.description ? h("p", {}, service.description) : null,
      h("p", { class: "muted" }, details.join(" · ")),
    ),
    h("strong", { class: "price" }, money(service.total)),
    getCurrentUser()?.role === "artist"
      ? bookingLink(service, handle)
      : booksOpen
        ? h(
            "a",
            {
              class: "button primary",
              href: `/artists/${handle}/book/${service.id}`,
              "aria-label": `Book ${service.name}`,
            },
            "Book",
          )
        : h("span", { class: "muted" }, "Books closed"),
  );
}

/** Create the button by which an artist gets the link that books a service of theirs. */
function bookingLink({ id, name, artistId }: ServiceView, handle: string): HTMLElement | null {
  if (getCurrentUser()?.id !== artistId) return null;
  const address = `${location.origin}/artists/${handle}?service=${id}`;
  return copyButton("Copy link", Promise.resolve(address), `Copy the link that books ${name}`);
}

async function loadWorks(handle: string, section: HTMLElement, signal: AbortSignal): Promise<void> {
  const path = { handle };
  const request = () => api("get", "/v1/profiles/artists/{handle}/portfolio", { path, signal });
  await showCached(`public/works/${handle}`, request, ({ items }) => {
    section.hidden = items.length === 0;
    fill(
      section,
      h("h2", {}, "Works"),
      h("ul", { class: "works" }, ...items.map((item) => h("li", {}, work(item)))),
    );
  }).catch(() => undefined);
}

function work({ id, caption, style, likes }: PortfolioItemView): HTMLElement {
  const liked = likes > 0 ? `liked by ${likes}` : "";
  const text = [caption, style, liked].filter(Boolean).join(" · ");
  return h("figure", {}, drawPicture(id), h("figcaption", {}, text));
}

async function loadReviews(
  handle: string,
  section: HTMLElement,
  signal: AbortSignal,
): Promise<void> {
  const path = { handle };
  const request = () => api("get", "/v1/profiles/artists/{handle}/reviews", { path, signal });
  await showCached(`public/reviews/${handle}`, request, ({ items }) => {
    section.hidden = items.length === 0;
    fill(section, h("h2", {}, "What clients say"), ...items.map(review));
  }).catch(() => undefined);
}

function review({ rating, text, authorName, createdAt, reply }: ReviewView): HTMLElement {
  const stars = "★".repeat(rating) + "☆".repeat(5 - rating);
  return h(
    "blockquote",
    { class: "review" },
    h(
      "p",
      {},
      h("span", { "aria-hidden": "true" }, stars),
      h("span", { class: "unseen" }, `${rating} of 5`),
    ),
    text ? h("p", {}, text) : null,
    h("p", { class: "muted" }, `${authorName ?? "Somebody"}, ${day(createdAt)}`),
    reply ? h("p", {}, `Reply: ${reply.text}`) : null,
  );
}

async function loadPolicies(
  artistId: string,
  section: HTMLElement,
  signal: AbortSignal,
): Promise<void> {
  const request = () => api("get", "/v1/policies", { query: { artistId }, signal });
  await showCached(`public/policies/${artistId}`, request, ({ items }) => {
    const rows = items.map((policy) =>
      h(
        "details",
        {},
        h("summary", {}, POLICY_NAMES[policy.kind] ?? policy.kind),
        h("p", {}, policy.text),
      ),
    );
    fill(section, h("h2", {}, "What you agree on"), ...rows);
  }).catch(() => undefined);
}

function language(code: string): string {
  return new Intl.DisplayNames(undefined, { type: "language" }).of(code) ?? code;
}
