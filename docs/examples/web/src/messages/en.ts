/** The texts of one language, a file per area of the app. */

import account from "./en/account.json";
import appointments from "./en/appointments.json";
import audit from "./en/audit.json";
import common from "./en/common.json";
import inbox from "./en/inbox.json";
import layout from "./en/layout.json";
import policies from "./en/policies.json";
import vouchers from "./en/vouchers.json";
import waitlist from "./en/waitlist.json";

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
