/** The last step: what is booked and agreed on, signing in, and booking. */

import { api } from "../../api/client";
import { Problem } from "../../api/http";
import type { AppointmentView, BookingRequest } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { describeError } from "../../forms";
import { money } from "../../format";
import { t } from "../../messages";
import { getCurrentUser } from "../../session";
import { describe } from "../parts";
import { signInPart } from "../sign-in";
import { policyTitle, policyWords } from "../terms";
import {
  type Prices,
  agePolicy,
  agreementOf,
  boundPolicies,
  confirmedPrices,
  statedPrices,
} from "./agreement";
import { type Draft, type Offer, bookingPath, readDraft, removeDraft } from "./choice";
import { ageField, notesField, voucherField } from "./entries";
import { bookingOverview, priceOverview } from "./overview";
import { Taken, forgetHolds, holdAll, isGone, releaseAll } from "./holds";
import { takenPart } from "./taken";

type Holds = Awaited<ReturnType<typeof holdAll>>;

const TICK_MILLISECONDS = 5000;

/** Create the step that shows the whole booking; `done` is called with what was booked. */
export function summaryStep(
  offer: Offer,
  starts: readonly string[],
  signal: AbortSignal,
  done: (booked: AppointmentView) => void,
): HTMLElement {
  return new Summary(offer, starts, signal, done).element;
}

class Summary {
  readonly element = h("div", { class: "summary-step" });
  readonly #draft: Draft;
  readonly #prices = h("div", {});
  readonly #agreed = h("div", { class: "agreed" });
  readonly #state = h("p", { class: "muted hold-state", role: "status" });
  readonly #failure = h("p", { class: "failure", role: "alert" });
  readonly #action = h("div", { class: "book-action" });
  readonly #entries = h("div", { class: "stack" });
  readonly #keys = new Map<string, string>();
  #holds: Holds = [];

  constructor(
    private readonly offer: Offer,
    private readonly starts: readonly string[],
    private readonly signal: AbortSignal,
    private readonly done: (booked: AppointmentView) => void,
  ) {
    this.#draft = readDraft(offer.service.id);
    // Times that are not booked are free again for others once the user leaves the page.
    signal.addEventListener("abort", () => releaseAll(this.#holds));
    this.#show();
    const user = getCurrentUser();
    if (!user) this.#offerSignIn();
    else if (user.role === "client") void this.#hold();
    else fill(this.#action, h("p", { class: "notice-box" }, t("booking.artistAccount")));
  }

  #show(): void {
    const { offer, starts } = this;
    const user = getCurrentUser();
    const apply = user?.role === "client" ? () => void this.#preview() : null;
    fill(
      this.#entries,
      ageField(offer, this.#draft),
      notesField(offer, this.#draft),
      voucherField(offer, this.#draft, apply),
    );
    const change = bookingPath(offer, starts.slice(0, -1));
    this.#showPrices(statedPrices(offer));
    fill(
      this.element,
      h(
        "div",
        { class: "summary-main" },
        h("h2", {}, t("booking.review")),
        bookingOverview(offer, starts),
        h("a", { class: "button quiet change-time", href: change }, t("booking.changeTime")),
        this.#entries,
      ),
      h(
        "div",
        { class: "summary-side" },
        this.#prices,
        this.#agreed,
        this.#state,
        this.#failure,
        this.#action,
      ),
    );
  }

  #showPrices(prices: Prices): void {
    const { offer, starts } = this;
    fill(this.#prices, priceOverview(offer.service, prices));
    const policies = boundPolicies(offer);
    const rows = policies.flatMap((policy) => {
      const words = policyWords(policy, agreementOf(policy, offer, starts[0] ?? "", prices));
      return words.length > 0
        ? [h("li", {}, h("strong", {}, policyTitle(policy)), " ", words.join(" "))]
        : [];
    });
    const texts = policies.map((policy) =>
      h("li", {}, h("h4", {}, policyTitle(policy)), h("p", { class: "words" }, policy.text)),
    );
    fill(
      this.#agreed,
      h("h3", {}, t("booking.agree")),
      h("ul", { class: "agreed-words" }, ...rows),
      h(
        "details",
        {},
        h("summary", {}, t("booking.policyTexts")),
        h("ul", { class: "policy-texts" }, ...texts),
      ),
    );
  }

  // ---- before signing in -------------------------------------------------------------------

  #offerSignIn(): void {
    const next = h("button", { class: "primary" }, t("booking.continue"));
    const signIn = (): void => {
      if (!this.#hasAge()) return;
      const part = signInPart(t("booking.signIn"), t("booking.signInText"));
      fill(this.#action, part);
      part.querySelector("input")?.focus();
    };
    fill(this.#action, on(next, { click: signIn }));
  }

  /** Return whether the age is confirmed where it has to be; otherwise ask for it. */
  #hasAge(): boolean {
    if (!agePolicy(this.offer) || this.#draft.ageBasis) return fill(this.#failure) ?? true;
    fill(this.#failure, t("booking.chooseAge", { name: this.offer.artist.name }));
    this.#entries.querySelector<HTMLElement>("fieldset input")?.focus();
    return false;
  }

  // ---- holding and booking -----------------------------------------------------------------

  async #hold(): Promise<void> {
    fill(this.#failure);
    fill(this.#state, t("booking.holding"));
    fill(this.#action);
    try {
      const holds = await holdAll(this.offer.service.id, this.starts);
      if (this.signal.aborted) return releaseAll(holds);
      this.#holds = holds;
    } catch (error) {
      return this.#showFailedHold(error);
    }
    this.#offerBooking(null);
    this.#countDown();
    await this.#preview();
  }

  #showFailedHold(error: unknown): void {
    if (this.signal.aborted) return;
    fill(this.#state);
    if (error instanceof Taken) {
      fill(this.element, takenPart(this.offer, this.starts, error.startsAt, this.signal));
      return this.element.querySelector("h2")?.focus();
    }
    const again = h("button", { class: "secondary" }, t("common.tryAgain"));
    fill(this.#failure, describe(error));
    fill(this.#action, on(again, { click: () => void this.#hold() }));
  }

  /** Ask the API for the prices; it also checks the voucher. */
  async #preview(): Promise<void> {
    if (agePolicy(this.offer) && !this.#draft.ageBasis) return;
    fill(this.#failure);
    try {
      const body = this.#request();
      const { signal } = this;
      const preview = await api("post", "/v1/appointments/previews", { body, signal });
      describeError(null, this.#entries); // a code that was refused before is not any more
      const prices = confirmedPrices(preview);
      this.#showPrices(prices);
      this.#offerBooking(prices);
    } catch (error) {
      if (!this.signal.aborted) this.#showProblem(error);
    }
  }

  #offerBooking(prices: Prices | null): void {
    const { service, artist } = this.offer;
    const isRequest = service.mode === "request";
    const book = h("button", { class: "primary" }, this.#bookLabel(prices, isRequest));
    on(book, { click: () => void this.#book(book) });
    const hint = h("p", { class: "muted" }, t("booking.requestHint", { name: artist.name }));
    fill(this.#action, isRequest ? hint : null, book);
  }

  #bookLabel(prices: Prices | null, isRequest: boolean): string {
    if (isRequest) return t("booking.request");
    const total = prices?.total;
    return total?.amount ? t("booking.bookFor", { amount: money(total) }) : t("booking.book");
  }

  async #book(button: HTMLButtonElement): Promise<void> {
    if (!this.#hasAge()) return;
    button.disabled = true;
    fill(this.#failure);
    const body = this.#request();
    try {
      const idempotencyKey = this.#keyFor(JSON.stringify(body));
      const booked = await api("post", "/v1/appointments", { body, idempotencyKey });
      this.#holds = [];
      await forgetHolds();
      removeDraft(this.offer.service.id);
      this.done(booked);
    } catch (error) {
      button.disabled = false;
      this.#showProblem(error);
    }
  }

  /** Return the key of a request: resent, it books once; changed, it is another. */
  #keyFor(body: string): string {
    const key = this.#keys.get(body) ?? crypto.randomUUID();
    this.#keys.set(body, key);
    return key;
  }

  #request(): BookingRequest {
    const { notes, voucherCode, ageBasis } = this.#draft;
    const policy = agePolicy(this.offer);
    const sittings = this.#holds.map(({ id }) => ({ holdId: id }));
    const [first] = sittings;
    const isSingle = this.offer.service.sittings === 1 && first;
    return {
      ...(isSingle ? first : { serviceId: this.offer.service.id, sittings }),
      notes,
      ...(voucherCode ? { voucherCode } : {}),
      ...(policy && ageBasis
        ? { ageConfirmation: { versionId: policy.versionId, basis: ageBasis } }
        : {}),
    };
  }

  #showProblem(error: unknown): void {
    const isOver = error instanceof Problem && error.code === "hold_expired";
    if (isOver || isGone(error)) return this.#showExpired();
    if (error instanceof Problem && error.code.startsWith("voucher_")) {
      const field = "body.voucherCode";
      const errors = [{ field, message: error.message, code: error.code }];
      const details = { ...error.details, errors };
      return fill(this.#failure, describeError(new Problem(details, null), this.#entries));
    }
    fill(this.#failure, describeError(error, this.#entries));
  }

  #showExpired(): void {
    releaseAll(this.#holds);
    this.#holds = [];
    const again = h("button", { class: "primary" }, t("booking.holdAgain"));
    fill(this.#state, t("booking.expired"));
    fill(this.#action, on(again, { click: () => void this.#hold() }));
  }

  #countDown(): void {
    const holds = this.#holds;
    const until = Math.min(...holds.map(({ expiresAt }) => Date.parse(expiresAt)));
    const tick = (): void => {
      if (this.#holds !== holds || this.signal.aborted) return clearInterval(timer);
      const seconds = (until - Date.now()) / 1000;
      if (seconds > 0)
        return fill(this.#state, t("booking.held", { count: Math.ceil(seconds / 60) }));
      clearInterval(timer);
      this.#showExpired();
    };
    const timer = setInterval(tick, TICK_MILLISECONDS);
    tick();
  }
}
