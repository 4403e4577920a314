/** What a visitor has chosen so far: it survives signing in, and a reload of the page. */

import type { ArtistPageView, PolicyVersion, ServiceView } from "../../api/schema";

/** What is booked, and with whom. */
export interface Offer {
  artist: ArtistPageView;
  service: ServiceView;
  policies: PolicyVersion[];
}

/** What is entered on the way, besides the times, which are part of the address. */
export interface Draft {
  notes: string;
  voucherCode: string;
  ageBasis: "of_age" | "guardian_consents" | "";
}

const NOTHING: Draft = { notes: "", voucherCode: "", ageBasis: "" };

/** Return the address of the booking page of an offer with these starts chosen. */
export function bookingPath({ artist, service }: Offer, starts: readonly string[] = []): string {
  const path = `/artists/${artist.handle ?? artist.artistId}/book/${service.id}`;
  const query = new URLSearchParams(starts.map((start) => ["at", start]));
  return starts.length > 0 ? `${path}?${query}` : path;
}

/** Return the chosen starts of an address: at most as many as the service has sittings, in order. */
export function chosenStarts(query: URLSearchParams, { service }: Offer): string[] {
  const valid = query.getAll("at").filter((start) => !Number.isNaN(Date.parse(start)));
  return [...new Set(valid)].sort().slice(0, service.sittings);
}

/** Return what was entered for a service in this tab. */
export function readDraft(serviceId: string): Draft {
  const stored = sessionStorage.getItem(keyOf(serviceId));
  return { ...NOTHING, ...(stored ? (JSON.parse(stored) as Partial<Draft>) : {}) };
}

/** Keep what was entered; signing in with a provider leaves the page. */
export function writeDraft(serviceId: string, draft: Draft): void {
  sessionStorage.setItem(keyOf(serviceId), JSON.stringify(draft));
}

/** Forget what was entered, once it is booked. */
export function removeDraft(serviceId: string): void {
  sessionStorage.removeItem(keyOf(serviceId));
}

function keyOf(serviceId: string): string {
  return `booking ${serviceId}`;
}
