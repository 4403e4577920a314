/** The texts of one language, a file per area of the app. */

import account from "./de/account.json";
import appointments from "./de/appointments.json";
import artist from "./de/artist.json";
import audit from "./de/audit.json";
import booking from "./de/booking.json";
import calendars from "./de/calendars.json";
import chat from "./de/chat.json";
import clients from "./de/clients.json";
import common from "./de/common.json";
import consultations from "./de/consultations.json";
import discover from "./de/discover.json";
import inbox from "./de/inbox.json";
import intake from "./de/intake.json";
import layout from "./de/layout.json";
import page from "./de/page.json";
import portfolio from "./de/portfolio.json";
import proposals from "./de/proposals.json";
import push from "./de/push.json";
import quickActions from "./de/quickActions.json";
import reports from "./de/reports.json";
import reviews from "./de/reviews.json";
import signIn from "./de/signIn.json";
import studio from "./de/studio.json";
import templates from "./de/templates.json";
import terms from "./de/terms.json";
import vouchers from "./de/vouchers.json";
import waitlist from "./de/waitlist.json";

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
