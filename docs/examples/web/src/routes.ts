/**
 * The addresses of the app. A view is loaded when it is first visited.
 *
 * Mails, push messages, cards and the inbox lead to these addresses
 * (functions/notifications), so an address stays what it is.
 */

import { type View, addRoute } from "./router";

type Load = () => Promise<View>;

const VIEWS: Record<string, Load> = {
  // Everybody
  "/": async () => (await import("./views/discover/artists")).artists,
  "/artists/{handle}": async () => (await import("./views/artist/page")).artist,
  "/artists/{handle}/book/{serviceId}": async () => (await import("./views/booking/page")).booking,
  "/sign-in": async () => (await import("./views/sign-in")).signIn,
  "/sign-in/code": async () => (await import("./views/sign-in")).signInByCode,
  "/sign-in/with/{provider}": async () => (await import("./views/providers")).providerReturn,
  "/forgot-password": async () => (await import("./views/passwords")).forgotPassword,
  "/not-me": async () => (await import("./views/passwords")).notMe,
  "/sign-up": async () => (await import("./views/sign-up")).signUp,

  // Bookings
  "/appointments": async () => (await import("./views/appointments/list")).appointments,
  "/appointments/{id}": async () => (await import("./views/appointments/page")).appointment,
  "/appointments/{id}/move": async () => (await import("./views/appointments/move")).move,
  "/waitlist/{id}": async () => (await import("./views/appointments/waitlist")).waitlist,
  "/waitlist": async () => (await import("./views/appointments/waitlist")).waitlist,
  "/vouchers": async () => (await import("./views/appointments/vouchers")).vouchers,

  // Consultations and proposals
  "/artists/{handle}/ask": async () => (await import("./views/consultations/ask")).ask,
  "/consultations": async () => (await import("./views/consultations/list")).consultations,
  "/consultations/{id}": async () => (await import("./views/consultations/page")).consultation,
  "/consultations/{id}/propose": async () => (await import("./views/proposals/editor")).propose,
  "/proposals/{id}": async () => (await import("./views/proposals/page")).proposal,

  // Conversations
  "/messages": async () => (await import("./views/conversations")).conversations,
  "/messages/{id}": async () => (await import("./views/conversation")).conversation,
  "/conversations/{id}": async () => (await import("./views/conversation")).conversation,

  // Account, inbox and settings
  "/account": async () => (await import("./views/account/overview")).account,
  "/account/security": async () => (await import("./views/account/security")).security,
  "/account/notifications": async () =>
    (await import("./views/account/notifications")).notifications,
  "/account/data": async () => (await import("./views/account/data")).data,
  "/account/exports/{id}": async () => (await import("./views/account/data")).data,
  "/account/assistants": async () => (await import("./views/account/assistants")).assistants,
  "/inbox": async () => (await import("./views/inbox")).inbox,
  "/account/social": async () => (await import("./views/social")).social,

  // Studio: the day, calendar and requests
  "/studio": async () => (await import("./views/studio/today")).today,
  "/studio/calendar": async () => (await import("./views/studio/calendar")).calendar,
  "/studio/requests": async () => (await import("./views/studio/requests")).requests,
  "/studio/deposits": async () => (await import("./views/studio/deposits")).deposits,
  "/studio/more": async () => (await import("./views/studio/more")).more,

  // Studio: hours, services and policies
  "/studio/hours": async () => (await import("./views/studio/hours")).hours,
  "/studio/external-calendars": async () =>
    (await import("./views/studio/external-calendars")).externalCalendars,
  "/external-calendars/{id}": async () =>
    (await import("./views/studio/external-calendars")).externalCalendars,
  "/studio/services": async () => (await import("./views/studio/services")).services,
  "/studio/services/{id}": async () => (await import("./views/studio/service")).service,
  "/studio/policies": async () => (await import("./views/studio/policies")).policies,
  "/studio/policies/{kind}": async () => (await import("./views/studio/policy")).policy,

  // Studio: page, clients and messages
  "/studio/page": async () => (await import("./views/studio/page")).ownPage,
  "/studio/portfolio": async () => (await import("./views/studio/portfolio")).portfolio,
  "/studio/reviews": async () => (await import("./views/studio/reviews")).studioReviews,
  "/studio/intake": async () => (await import("./views/studio/intake")).intake,
  "/studio/clients": async () => (await import("./views/studio/clients")).clients,
  "/studio/clients/{id}": async () => (await import("./views/studio/client")).client,
  "/studio/quick-actions": async () =>
    (await import("./views/studio/quick-actions")).studioQuickActions,
  "/studio/templates": async () => (await import("./views/studio/templates")).templates,
  "/studio/templates/{id}": async () => (await import("./views/studio/templates")).template,
  "/studio/vouchers": async () => (await import("./views/studio/vouchers")).studioVouchers,
  "/studio/reports": async () => (await import("./views/studio/reports")).reports,
};

/** Register all views. */
export function addRoutes(): void {
  for (const [path, load] of Object.entries(VIEWS)) {
    addRoute(path, async (visit) => (await load())(visit));
  }
}
