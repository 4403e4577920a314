/** The step that chooses a day and a free time, for one sitting after the other. */

import type { Slot } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { clock, dateKey, day, localZone, moment, zoneName } from "../../format";
import { t } from "../../messages";
import { go } from "../../router";
import { detail, empty, failure, loading } from "../parts";
import { type Offer, bookingPath } from "./choice";
import { endOfMonth, monthGrid, startOfMonth } from "./month";
import { planPart } from "./plan";
import { addDays, findFirst, findSlots, lastDate, placeClock, today } from "./slots";
import { waitlistPart } from "./waitlist";

const NOON = 12;
const EVENING = 17;

/** Create the step that chooses the next time; `starts` are those chosen before. */
export function timesStep(
  offer: Offer,
  starts: readonly string[],
  signal: AbortSignal,
): HTMLElement {
  const calendar = h("div", { class: "calendar" }, loading());
  const times = h("div", { class: "times-part" });
  const step = h(
    "div",
    { class: "times-step" },
    progress(offer, starts),
    starts.length > 0 ? planPart(offer, starts, signal) : null,
    h("div", { class: "calendar-part" }, calendar, times),
  );
  void new Times(offer, starts, signal, calendar, times).begin();
  step.append(waitlistPart(offer));
  return step;
}

/** Say which sitting is chosen now, and what was chosen before. */
function progress(offer: Offer, starts: readonly string[]): HTMLElement | null {
  const { sittings } = offer.service;
  if (sittings === 1) return null;
  const count = Math.min(starts.length + 1, sittings);
  const rows = starts.map((start) => {
    const others = starts.filter((each) => each !== start);
    const href = bookingPath(offer, others);
    const label = t("booking.changeSitting", { moment: moment(start) });
    const change = h("a", { href, "aria-label": label }, t("booking.change"));
    return h("li", {}, moment(start), " ", change);
  });
  return h(
    "div",
    { class: "progress" },
    h("p", { class: "step-count" }, t("booking.sitting", { count, total: sittings })),
    rows.length > 0 ? h("ol", { "aria-label": t("booking.chosen") }, ...rows) : null,
  );
}

class Times {
  #slots: Slot[] = [];
  #month = startOfMonth(today());

  constructor(
    private readonly offer: Offer,
    private readonly starts: readonly string[],
    private readonly signal: AbortSignal,
    private readonly calendar: HTMLElement,
    private readonly times: HTMLElement,
  ) {}

  /** Show the month of the first free day. */
  async begin(): Promise<void> {
    await this.#attempt(async () => {
      const previous = this.starts.at(-1);
      const from = previous ? addDays(dateKey(previous), 1) : today();
      const first = await findFirst(this.offer, from, this.signal);
      if (!first) return this.#showNothing();
      await this.#showMonth(dateKey(first.startsAt));
    });
  }

  #showNothing(): void {
    const { name, booksOpen } = this.offer.artist;
    const [title, text] = booksOpen
      ? [t("booking.noTime"), t("booking.noTimeText", { name })]
      : [t("booking.booksClosed"), t("booking.booksClosedText", { name })];
    fill(this.calendar, empty(title, text));
    fill(this.times);
  }

  async #showMonth(date: string): Promise<void> {
    this.#month = startOfMonth(date);
    const from = this.#month < today() ? today() : this.#month;
    this.calendar.setAttribute("aria-busy", "true");
    const slots = await findSlots(this.offer, [from, endOfMonth(date)], this.signal);
    this.#slots = slots.filter(({ startsAt }) => !this.starts.includes(startsAt));
    this.calendar.setAttribute("aria-busy", "false");
    const days = this.#days();
    this.#showDay(days.has(date) ? date : ([...days.keys()][0] ?? null));
  }

  #days(): Map<string, Slot[]> {
    return Map.groupBy(this.#slots, ({ startsAt }) => dateKey(startsAt));
  }

  #showDay(chosen: string | null, isChoice = false): void {
    const days = this.#days();
    const last = lastDate(this.offer.service.bookingHorizonDays);
    const next = addDays(endOfMonth(this.#month), 1);
    const before = addDays(this.#month, -1);
    const turnTo = (date: string) => () => void this.#attempt(() => this.#showMonth(date));
    fill(
      this.calendar,
      monthGrid({
        month: this.#month,
        free: new Map([...days].map(([date, slots]) => [date, slots.length])),
        chosen,
        choose: (date) => this.#showDay(date, true),
        previous: this.#month > today() ? turnTo(startOfMonth(before)) : null,
        next: next <= last ? turnTo(next) : null,
      }),
      days.size === 0 ? this.#firstFree() : null,
    );
    if (isChoice) {
      this.calendar.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
    }
    fill(this.times, ...(chosen ? this.#timesOf(days.get(chosen) ?? []) : [noneHere()]));
  }

  /** Create the button that leads to the first free day, from a month without any. */
  #firstFree(): HTMLElement {
    const button = h("button", { class: "secondary" }, t("booking.firstFree"));
    return on(button, { click: () => void this.begin() });
  }

  #timesOf(slots: readonly Slot[]): HTMLElement[] {
    const [first] = slots;
    if (!first) return [];
    const parts = Map.groupBy(slots, ({ startsAt }) => partOfDay(startsAt));
    const { location } = this.offer.service;
    const elsewhere = first.location && first.location !== location ? first.location : null;
    return [
      h("h2", { class: "chosen-day" }, day(first.startsAt)),
      h("p", { class: "muted" }, zoneNote(first)),
      ...(elsewhere ? [h("p", {}, detail("pin", elsewhere))] : []),
      ...[...parts].map(([part, found]) =>
        h(
          "div",
          { class: "day-part" },
          h("h3", {}, t(`booking.${part}`)),
          h("ul", { class: "times" }, ...found.map((slot) => h("li", {}, this.#time(slot)))),
        ),
      ),
    ];
  }

  #time(slot: Slot): HTMLElement {
    const mine = clock(slot.startsAt);
    const theirs = clock(slot.startsAt, slot.timeZone);
    const differs = placeClock(slot) !== placeClock({ ...slot, timeZone: localZone });
    const button = h(
      "button",
      { class: "time" },
      h("strong", {}, mine),
      differs ? h("span", { class: "unseen" }, t("booking.atArtist")) : null,
      differs ? h("small", {}, theirs) : null,
    );
    const starts = [...this.starts, slot.startsAt].sort();
    return on(button, { click: () => go(bookingPath(this.offer, starts)) });
  }

  /** Do what loads times; a failure can be tried again. */
  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (this.signal.aborted) return;
      const retry = h("button", { class: "secondary" }, t("common.tryAgain"));
      on(retry, { click: () => void this.#attempt(action) });
      fill(this.calendar, failure(error), retry);
      fill(this.times);
    }
  }
}

function noneHere(): HTMLElement {
  return h("p", { class: "muted" }, t("booking.noneFree"));
}

function partOfDay(startsAt: string): "morning" | "afternoon" | "evening" {
  const hour = Number(placeClock({ startsAt, timeZone: localZone }).slice(0, 2));
  return hour < NOON ? "morning" : hour < EVENING ? "afternoon" : "evening";
}

function zoneNote(slot: Slot): string {
  const here = zoneName(localZone);
  const isSame = placeClock(slot) === placeClock({ ...slot, timeZone: localZone });
  if (isSame) return t("booking.zoneSame", { city: zoneName(slot.timeZone) });
  return t("booking.zoneDiffers", { city: here, theirs: zoneName(slot.timeZone) });
}
