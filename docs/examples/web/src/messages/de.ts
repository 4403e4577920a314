/** The texts of one language, a file per area of the app. */

import account from "./de/account.json";
import appointments from "./de/appointments.json";
import audit from "./de/audit.json";
import common from "./de/common.json";
import inbox from "./de/inbox.json";
import layout from "./de/layout.json";
import policies from "./de/policies.json";
import vouchers from "./de/vouchers.json";
import waitlist from "./de/waitlist.json";

export default {
  account,
  appointments,
  audit,
  common,
  inbox,
  layout,
  policies,
  vouchers,
  waitlist,
};
