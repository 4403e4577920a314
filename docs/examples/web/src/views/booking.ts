import { api } from "../api/client";
import { Problem } from "../api/http";
import type { ArtistPageView, AppointmentView, Hold, Service, Slot } from "../api/schema";
import { fill, h, on } from "../dom";
import { clock, dateKey, day, duration, localZone, moment, money, zoneName } from "../format";
import { toast } from "../frame";
import { type Page, type Visit, go } from "../router";
import { currentUser } from "../session";
import { talkButton } from "./artist";
import { empty, failed, fact, failure, signInAddress, signedIn } from "./parts";

/** Book a service: a day, a free time that is then held for ten minutes, and a last look. */
export const booking = signedIn(async (visit): Promise<Page> => {
  const { handle = "", serviceId = "" } = visit.path;
  const { signal } = visit;
  try {
    const [page, service] = await Promise.all([
      api("get", "/v1/profiles/artists/{handle}", { path: { handle }, signal }),
      api("get", "/v1/appointments/services/{id}", { path: { id: serviceId }, signal }),
    ]);
    return new Booking(page, service, visit).page();
  } catch (error) {
    return failed(error);
  }
});

class Booking {
  readonly #artist: ArtistPageView;
  readonly #service: Service;
  readonly #visit: Visit;
  readonly #step = h("div", {});
  #slots: Slot[] = [];
  #hold: Hold | null = null;

  constructor(artist: ArtistPageView, service: Service, visit: Visit) {
    this.#artist = artist;
    this.#service = service;
    this.#visit = visit;
    // Who leaves gives the time back to the others.
    visit.signal.addEventListener("abort", () => void this.#release());
  }

  page(): Page {
    const service = this.#service;
    const content = h(
      "section",
      { class: "booking" },
      h(
        "a",
        { class: "back", href: `/artists/${this.#artist.handle ?? this.#artist.artistId}` },
        this.#artist.name,
      ),
      h("h1", {}, service.name),
      h(
        "p",
        { class: "facts" },
        fact("clock", duration(service.durationMinutes)),
        fact("calendar", money(service.price)),
      ),
      this.#step,
    );
    void this.#chooseTime();
    return { title: `Book ${service.name}`, content };
  }

  // ---- a day and a time --------------------------------------------------------------------

  async #chooseTime(): Promise<void> {
    fill(this.#step, h("p", { class: "loading", role: "status" }, "Looking for free times…"));
    const { artistId, id: serviceId } = this.#service;
    const query = { artistId, serviceId, limit: 1000 };
    const { signal } = this.#visit;
    try {
      const { items } = await api("get", "/v1/appointments/slots", { query, signal });
      this.#slots = items;
      if (items[0]) this.#showDays(dateKey(items[0].startsAt));
      else fill(this.#step, empty("No free time", "Nothing is free in the coming month."));
    } catch (error) {
      if (!signal.aborted) fill(this.#step, failure(error));
    }
  }

  #showDays(chosen: string): void {
    const days = Map.groupBy(this.#slots, (slot) => dateKey(slot.startsAt));
    const strip = h("div", { class: "days", role: "group", "aria-label": "Day" });
    for (const [key, slots] of days) {
      const [weekday, date] = shortDay(slots[0]!.startsAt);
      const button = h(
        "button",
        {
          class: "day",
          "aria-pressed": String(key === chosen),
          "aria-label": day(slots[0]!.startsAt),
        },
        h("span", {}, weekday),
        h("strong", {}, date),
      );
      strip.append(on(button, { click: () => this.#showDays(key) }));
    }
    const ofDay = days.get(chosen) ?? [];
    const times = h(
      "ul",
      { class: "times" },
      ...ofDay.map((slot) => h("li", {}, this.#time(slot))),
    );
    const differs = ofDay.some((slot) => artistClock(slot) !== clock(slot.startsAt));
    const zones = differs
      ? `Times are yours (${zoneName(localZone)}); below, what the artist's clock shows.`
      : `Times are those of ${zoneName(localZone)}, and of the artist.`;
    fill(
      this.#step,
      strip,
      h("h2", { class: "chosen-day" }, day(ofDay[0]!.startsAt)),
      h("p", { class: "muted" }, zones),
      times,
    );
    strip
      .querySelector('[aria-pressed="true"]')
      ?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  #time(slot: Slot): HTMLElement {
    const mine = clock(slot.startsAt);
    const theirs = artistClock(slot);
    const button = h(
      "button",
      { class: "time", "aria-label": `${mine}, ${theirs} for the artist` },
      h("strong", {}, mine),
      theirs === mine ? null : h("small", {}, theirs),
    );
    return on(button, { click: () => void this.#take(slot, button) });
  }

  async #take(slot: Slot, button: HTMLButtonElement): Promise<void> {
    if (!currentUser()) return go(signInAddress());
    button.disabled = true;
    const body = { serviceId: this.#service.id, startsAt: slot.startsAt };
    try {
      this.#hold = await api("post", "/v1/appointments/holds", { body });
    } catch (error) {
      toast(taken(error) ? "Somebody was faster. Choose another time." : String(error));
      return this.#chooseTime();
    }
    if (this.#visit.signal.aborted) await this.#release();
    else this.#confirm(this.#hold, slot);
  }

  // ---- a last look -------------------------------------------------------------------------

  #confirm(hold: Hold, slot: Slot): void {
    const service = this.#service;
    const notes = h("textarea", { id: "notes", rows: 3, maxlength: 2000 });
    const remaining = h("p", { class: "muted", role: "timer" });
    const book = h(
      "button",
      { class: "primary" },
      service.mode === "request" ? "Ask for this time" : "Book",
    );
    const other = h("button", { class: "quiet" }, "Another time");
    const failure = h("p", { class: "failure", role: "alert" });
    // One key per intent: a click that is repeated, or sent again by a bad network, books once.
    const idempotencyKey = crypto.randomUUID();
    on(book, { click: () => void this.#book(hold, notes.value, idempotencyKey, book, failure) });
    on(other, { click: () => void this.#release().then(() => this.#chooseTime()) });
    const theirs = artistClock(slot);
    const differs = theirs !== clock(slot.startsAt);
    const heading = h("h2", { tabindex: -1 }, moment(slot.startsAt));
    fill(
      this.#step,
      h(
        "div",
        { class: "panel" },
        heading,
        h(
          "p",
          {},
          differs
            ? `${theirs} on the artist's clock`
            : `${duration(service.durationMinutes)} with ${this.#artist.name}`,
        ),
        service.location ? h("p", {}, fact("pin", service.location)) : null,
        h(
          "p",
          {},
          h("strong", {}, money(service.price)),
          service.deposit ? ", with a deposit" : "",
        ),
        h(
          "div",
          { class: "field" },
          h("label", { for: "notes" }, "Anything to know beforehand? (optional)"),
          notes,
        ),
        remaining,
        failure,
        h("div", { class: "actions" }, book, other),
      ),
    );
    heading.focus();
    this.#countDown(hold, remaining);
  }

  #countDown(hold: Hold, remaining: HTMLElement): void {
    const tick = (): void => {
      const seconds = Math.round((Date.parse(hold.expiresAt) - Date.now()) / 1000);
      if (this.#hold !== hold || !remaining.isConnected) return clearInterval(timer);
      const minutes = Math.ceil(seconds / 60);
      if (seconds > 0)
        return fill(
          remaining,
          `Kept for you for ${minutes} more minute${minutes === 1 ? "" : "s"}.`,
        );
      clearInterval(timer);
      this.#hold = null;
      toast("The time was given back. Choose again.");
      void this.#chooseTime();
    };
    const timer = setInterval(tick, 5000);
    tick();
  }

  async #book(
    hold: Hold,
    notes: string,
    idempotencyKey: string,
    button: HTMLButtonElement,
    failure: HTMLElement,
  ): Promise<void> {
    button.disabled = true;
    try {
      const body = { holdId: hold.id, notes };
      const made = await api("post", "/v1/appointments", { body, idempotencyKey });
      this.#hold = null;
      this.#done(made);
    } catch (error) {
      fill(failure, error instanceof Error ? error.message : String(error));
      button.disabled = false;
    }
  }

  #done(made: AppointmentView): void {
    const isFixed = made.status === "confirmed";
    const heading = h("h2", { tabindex: -1 }, isFixed ? "It is booked" : "Asked for");
    fill(
      this.#step,
      h(
        "div",
        { class: "panel done" },
        heading,
        h("p", { class: "big" }, moment(made.startsAt)),
        isFixed ? null : h("p", {}, `${this.#artist.name} has yet to confirm it.`),
        made.deposit
          ? h("p", {}, `A deposit of ${money(made.deposit)} is due: see your appointments.`)
          : null,
        h(
          "div",
          { class: "actions" },
          talkButton(made.artistId, `Write to ${this.#artist.name}`),
          h("a", { class: "button quiet", href: "/appointments" }, "My appointments"),
        ),
      ),
    );
    heading.focus();
  }

  async #release(): Promise<void> {
    const hold = this.#hold;
    this.#hold = null;
    if (!hold) return;
    // It ends by itself in ten minutes where this does not arrive.
    await api("delete", "/v1/appointments/holds/{id}", { path: { id: hold.id } }).catch(
      () => undefined,
    );
  }
}

function taken(error: unknown): boolean {
  return error instanceof Problem && error.status === 409;
}

/** `14:30`: what the wall clock of the artist shows, which the API says with each slot. */
function artistClock(slot: Slot): string {
  return slot.local.slice(11, 16);
}

function shortDay(instant: string): [string, string] {
  const date = new Date(instant);
  return [
    date.toLocaleDateString(undefined, { weekday: "short" }),
    date.toLocaleDateString(undefined, { day: "numeric", month: "short" }),
  ];
}
