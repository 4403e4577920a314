/** The texts of one language, a file per area of the app. */

import account from "./en/account.json";
import appointments from "./en/appointments.json";
import artist from "./en/artist.json";
import audit from "./en/audit.json";
import booking from "./en/booking.json";
import calendars from "./en/calendars.json";
import chat from "./en/chat.json";
import clients from "./en/clients.json";
import common from "./en/common.json";
import consultations from "./en/consultations.json";
import discover from "./en/discover.json";
import inbox from "./en/inbox.json";
import intake from "./en/intake.json";
import layout from "./en/layout.json";
import page from "./en/page.json";
import portfolio from "./en/portfolio.json";
import proposals from "./en/proposals.json";
import push from "./en/push.json";
import quickActions from "./en/quickActions.json";
import reports from "./en/reports.json";
import reviews from "./en/reviews.json";
import signIn from "./en/signIn.json";
import studio from "./en/studio.json";
import templates from "./en/templates.json";
import terms from "./en/terms.json";
import vouchers from "./en/vouchers.json";
import waitlist from "./en/waitlist.json";

export default {
  account,
  appointments,
  artist,
  audit,
  booking,
  calendars,
  chat,
  clients,
  common,
  consultations,
  discover,
  inbox,
  intake,
  layout,
  page,
  portfolio,
  proposals,
  push,
  quickActions,
  reports,
  reviews,
  signIn,
  studio,
  templates,
  terms,
  vouchers,
  waitlist,
};
