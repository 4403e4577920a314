import { api } from "../../api/client";
import type { AppointmentView } from "../../api/schema";
import { type Child, fill, h } from "../../dom";
import { duration, money } from "../../format";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { getCurrentUser } from "../../session";
import { loadPolicies } from "../artist/policies";
import { portrait } from "../face";
import { backLink, detail } from "../parts";
import { loadedSection } from "../screen";
import { type Offer, bookingPath, chosenStarts } from "./choice";
import { doneStep } from "./done";
import { summaryStep } from "./summary";
import { timesStep } from "./times";

import "../../styles/booking.css";

/** The page and the service that are booked, with what was booked at last, if anything. */
type Loaded = Offer & { booked: AppointmentView | null };

/**
 * The booking page: a day and a free time for each sitting, then the summary, and signing in at the
 * last step. The chosen times are part of the address, so that signing in leads back to them.
 */
export function booking({ path, query, signal: visit }: Visit): Page {
  const { handle = "", serviceId = "" } = path;
  const bookedId = query.get("booked");
  // The heading is there in every state of the page.
  const top = h("div", {}, h("h1", { class: "unseen" }, t("booking.title", { name: "" }).trim()));
  const content = h("section", { class: "booking" }, top);
  const shown = { version: "", step: h("div", {}) };
  let begun = new AbortController();
  const whole = loadedSection({
    key: `${bookedId ? "my" : "public"}/booking/${serviceId}/${bookedId ?? ""}`,
    signal: visit,
    load: () => load(handle, serviceId, bookedId, visit),
    render: (offer) => show(offer),
  });
  content.append(whole.element);
  return { title: t("booking.title", { name: "" }).trim(), content };

  function show(offer: Loaded): Child[] {
    const { name } = offer.service;
    document.title = `${t("booking.title", { name })} · ${t("common.appName")}`;
    // The stored copy is shown first: what it began goes on where it was still right.
    const version = JSON.stringify([offer.service, offer.policies, offer.booked?.version]);
    const isShown = version === shown.version && whole.element.contains(shown.step);
    if (!isShown) Object.assign(shown, { version, step: newStep(offer) });
    fill(top, head(offer));
    return [shown.step];
  }

  function newStep(offer: Loaded): HTMLElement {
    begun.abort();
    begun = new AbortController();
    const signal = AbortSignal.any([visit, begun.signal]);
    const step = h("div", { class: "step" });
    const starts = chosenStarts(query, offer);
    const showDone = (booked: AppointmentView): void => {
      history.replaceState(null, "", `${bookingPath(offer)}?booked=${booked.id}`);
      fill(step, doneStep(offer, booked));
      step.querySelector("h2")?.focus();
      scrollTo(0, 0);
    };
    if (offer.booked) fill(step, doneStep(offer, offer.booked));
    else if (starts.length < offer.service.sittings) fill(step, timesStep(offer, starts, signal));
    else fill(step, summaryStep(offer, starts, signal, showDone));
    return step;
  }
}

async function load(
  handle: string,
  serviceId: string,
  bookedId: string | null,
  signal: AbortSignal,
): Promise<Loaded> {
  const [artist, service, booked] = await Promise.all([
    api("get", "/v1/profiles/artists/{handle}", { path: { handle }, signal }),
    api("get", "/v1/appointments/services/{id}", { path: { id: serviceId }, signal }),
    bookedId && getCurrentUser()
      ? api("get", "/v1/appointments/{id}", { path: { id: bookedId }, signal })
      : null,
  ]);
  const policies = await loadPolicies({ artistId: artist.artistId, serviceId }, signal);
  return { artist, service, policies, booked };
}

function head({ artist, service }: Offer): HTMLElement {
  const { artistId: id, name, avatar, handle } = artist;
  const { sittings } = service;
  const price =
    sittings > 1
      ? t("artist.sittings", { count: sittings, price: money(service.price) })
      : money(service.total);
  return h(
    "div",
    { class: "booking-head" },
    backLink(`/artists/${handle ?? id}`, artist.businessName || name),
    h(
      "div",
      { class: "booking-what" },
      portrait({ id, name, avatar }),
      h(
        "div",
        {},
        h("h1", {}, service.name),
        h(
          "p",
          { class: "details" },
          h("span", {}, t("booking.with", { name })),
          detail("clock", duration(service.durationMinutes)),
          detail("tag", price),
        ),
      ),
    ),
  );
}
