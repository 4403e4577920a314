/** States of appointments in words, and who is on the other side. */

import type { AppointmentView } from "../../api/schema";
import { h } from "../../dom";
import { t } from "../../messages";
import { getCurrentUser } from "../../session";

/** Create the badge of the state of an appointment. */
export function statusBadge({ status }: Pick<AppointmentView, "status">): HTMLElement {
  return h("p", { class: `status ${status}` }, t(`appointments.status_${status}`));
}

/** Return whether the user is the artist of an appointment. */
export function isArtistOf({ artistId }: Pick<AppointmentView, "artistId">): boolean {
  return getCurrentUser()?.id === artistId;
}

/** Return the id of the other side; null for a walk-in without an account. */
export function otherOf(item: Pick<AppointmentView, "artistId" | "clientId">): string | null {
  return isArtistOf(item) ? item.clientId : item.artistId;
}

/** Return whether an appointment is still to come or waits for an answer. */
export function isOpen({ status }: Pick<AppointmentView, "status">): boolean {
  return status === "pending" || status === "confirmed";
}

/** Return whether the client has a deposit to pay now. */
export function isDepositDue({ deposit }: Pick<AppointmentView, "deposit">): boolean {
  const state = deposit?.state;
  return state === "requested" || state === "rejected" || state === "overdue";
}
