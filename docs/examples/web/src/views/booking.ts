import { api } from "../api/client";
import { Problem } from "../api/http";
import type { AppointmentView, ArtistPageView, Hold, ServiceView, Slot } from "../api/schema";
import { fill, h, on } from "../dom";
import { clock, dateKey, day, duration, localZone, moment, money, zoneName } from "../format";
import { toast } from "../layout";
import { type Page, type Visit, go } from "../router";
import { getCurrentUser } from "../session";
import { messageButton } from "./artist/contact";
import { detail, empty, failure, failurePage, requireSession, signInPath } from "./parts";

/**
 * The booking page: choose a day and a free time for each sitting, which is held for ten minutes,
 * and confirm. All sittings are booked together.
 */
export const booking = requireSession(async (visit): Promise<Page> => {
  const { handle = "", serviceId = "" } = visit.path;
  const { signal } = visit;
  try {
    const [page, service] = await Promise.all([
      api("get", "/v1/profiles/artists/{handle}", { path: { handle }, signal }),
      api("get", "/v1/appointments/services/{id}", { path: { id: serviceId }, signal }),
    ]);
    return new Booking(page, service, visit).page();
  } catch (error) {
    return failurePage(error);
  }
});

class Booking {
  readonly #artist: ArtistPageView;
  readonly #service: ServiceView;
  readonly #visit: Visit;
  readonly #step = h("div", {});
  #slots: Slot[] = [];
  #holds: Hold[] = [];

  constructor(artist: ArtistPageView, service: ServiceView, visit: Visit) {
    this.#artist = artist;
    this.#service = service;
    this.#visit = visit;
    // Release the held times when the user leaves the page.
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
        { class: "details" },
        detail("clock", duration(service.durationMinutes)),
        detail("calendar", price(service)),
      ),
      this.#step,
    );
    void this.#chooseTime();
    return { title: `Book ${service.name}`, content };
  }

  // ---- choosing a time ---------------------------------------------------------------------

  async #chooseTime(): Promise<void> {
    fill(this.#step, h("p", { class: "loading", role: "status" }, "Looking for free times…"));
    const { artistId, id: serviceId } = this.#service;
    const query = { artistId, serviceId, limit: 1000 };
    const { signal } = this.#visit;
    try {
      const { items } = await api("get", "/v1/appointments/slots", { query, signal });
      this.#slots = items;
      if (items[0]) this.#showDays(dateKey(items[0].startsAt));
      else fill(this.#step, empty("No free time", "Nothing is free in the next month."));
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
    const slotsOfDay = days.get(chosen) ?? [];
    const times = h(
      "ul",
      { class: "times" },
      ...slotsOfDay.map((slot) => h("li", {}, this.#time(slot))),
    );
    const differs = slotsOfDay.some((slot) => artistTime(slot) !== clock(slot.startsAt));
    const zones = differs
      ? `Times are shown in ${zoneName(localZone)} time, with the artist's local time below.`
      : `Times are shown in ${zoneName(localZone)} time, which is also the artist's.`;
    const { sittings } = this.#service;
    fill(
      this.#step,
      sittings > 1 ? h("p", {}, `Sitting ${this.#holds.length + 1} of ${sittings}`) : null,
      strip,
      h("h2", { class: "chosen-day" }, day(slotsOfDay[0]!.startsAt)),
      h("p", { class: "muted" }, zones),
      times,
    );
    strip
      .querySelector('[aria-pressed="true"]')
      ?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  #time(slot: Slot): HTMLElement {
    const mine = clock(slot.startsAt);
    const theirs = artistTime(slot);
    const button = h(
      "button",
      { class: "time", "aria-label": `${mine}, ${theirs} for the artist` },
      h("strong", {}, mine),
      theirs === mine ? null : h("small", {}, theirs),
    );
    return on(button, { click: () => void this.#holdSlot(slot, button) });
  }

  async #holdSlot(slot: Slot, button: HTMLButtonElement): Promise<void> {
    if (!getCurrentUser()) return go(signInPath());
    button.disabled = true;
    const body = { serviceId: this.#service.id, startsAt: slot.startsAt };
    try {
      this.#holds.push(await api("post", "/v1/appointments/holds", { body }));
    } catch (error) {
      toast(isTaken(error) ? "Somebody else took this time. Choose another one." : String(error));
      return this.#chooseTime();
    }
    if (this.#visit.signal.aborted) await this.#release();
    else if (this.#holds.length < this.#service.sittings) await this.#chooseTime();
    else this.#confirm(slot);
  }

  // ---- confirming --------------------------------------------------------------------------

  #confirm(slot: Slot): void {
    const service = this.#service;
    const holds = this.#holds;
    const notes = h("textarea", { id: "notes", rows: 3, maxlength: 2000 });
    const remaining = h("p", { class: "muted", role: "timer" });
    const book = h(
      "button",
      { class: "primary" },
      service.mode === "request" ? "Request this time" : "Book",
    );
    const other = h("button", { class: "quiet" }, "Another time");
    const failure = h("p", { class: "failure", role: "alert" });
    // One key per booking: repeated clicks and resent requests book only once.
    const idempotencyKey = crypto.randomUUID();
    on(book, { click: () => void this.#book(notes.value, idempotencyKey, book, failure) });
    on(other, { click: () => void this.#release().then(() => this.#chooseTime()) });
    const theirs = artistTime(slot);
    const differs = theirs !== clock(slot.startsAt);
    const starts = holds.map((hold) => hold.startsAt).sort();
    const heading = h("h2", { tabindex: -1 }, moment(starts[0]!));
    fill(
      this.#step,
      h(
        "div",
        { class: "panel" },
        heading,
        ...starts.slice(1).map((start) => h("p", { class: "big" }, moment(start))),
        h(
          "p",
          {},
          differs
            ? `${theirs} in the artist's local time`
            : `${duration(service.durationMinutes)} with ${this.#artist.name}`,
        ),
        service.location ? h("p", {}, detail("pin", service.location)) : null,
        h("p", {}, h("strong", {}, price(service)), service.deposit ? ", with a deposit" : ""),
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
    this.#countDown(holds, remaining);
  }

  #countDown(holds: Hold[], remaining: HTMLElement): void {
    const first = Math.min(...holds.map((hold) => Date.parse(hold.expiresAt)));
    const tick = (): void => {
      const seconds = Math.round((first - Date.now()) / 1000);
      if (this.#holds !== holds || !remaining.isConnected) return clearInterval(timer);
      const minutes = Math.ceil(seconds / 60);
      if (seconds > 0)
        return fill(
          remaining,
          `Held for you for ${minutes} more minute${minutes === 1 ? "" : "s"}.`,
        );
      clearInterval(timer);
      toast("The held time has expired. Choose again.");
      void this.#release().then(() => this.#chooseTime());
    };
    const timer = setInterval(tick, 5000);
    tick();
  }

  async #book(
    notes: string,
    idempotencyKey: string,
    button: HTMLButtonElement,
    failure: HTMLElement,
  ): Promise<void> {
    button.disabled = true;
    try {
      const [first, ...others] = this.#holds.map((hold) => ({ holdId: hold.id }));
      const body = others.length
        ? { serviceId: this.#service.id, sittings: [first!, ...others], notes }
        : { ...first!, notes };
      const appointment = await api("post", "/v1/appointments", { body, idempotencyKey });
      this.#holds = [];
      this.#showDone(appointment);
    } catch (error) {
      fill(failure, error instanceof Error ? error.message : String(error));
      button.disabled = false;
    }
  }

  #showDone(appointment: AppointmentView): void {
    const isConfirmed = appointment.status === "confirmed";
    const heading = h("h2", { tabindex: -1 }, isConfirmed ? "It is booked" : "Request sent");
    fill(
      this.#step,
      h(
        "div",
        { class: "panel done" },
        heading,
        h("p", { class: "big" }, moment(appointment.startsAt)),
        isConfirmed ? null : h("p", {}, `${this.#artist.name} has yet to confirm it.`),
        appointment.deposit
          ? h("p", {}, `A deposit of ${money(appointment.deposit)} is due: see your appointments.`)
          : null,
        h(
          "div",
          { class: "actions" },
          messageButton(appointment.artistId, `Write to ${this.#artist.name}`),
          h("a", { class: "button quiet", href: "/appointments" }, "My appointments"),
        ),
      ),
    );
    heading.focus();
  }

  async #release(): Promise<void> {
    const holds = this.#holds;
    this.#holds = [];
    // If a request fails, its hold expires within ten minutes anyway.
    for (const { id } of holds)
      await api("delete", "/v1/appointments/holds/{id}", { path: { id } }).catch(() => undefined);
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Problem && error.status === 409;
}

/** Return the price of a service: of one sitting, and in total where there are several. */
function price(service: ServiceView): string {
  const { sittings } = service;
  if (sittings === 1) return money(service.price);
  return `${sittings} sittings of ${money(service.price)}, ${money(service.total)} in total`;
}

/** Return the start in the artist's local time, such as `14:30`. */
function artistTime(slot: Slot): string {
  return slot.local.slice(11, 16);
}

function shortDay(instant: string): [string, string] {
  const date = new Date(instant);
  return [
    date.toLocaleDateString(undefined, { weekday: "short" }),
    date.toLocaleDateString(undefined, { day: "numeric", month: "short" }),
  ];
}
