/** The texts of one language, a file per area of the app. */

import account from "./en/account.json";
import audit from "./en/audit.json";
import common from "./en/common.json";
import inbox from "./en/inbox.json";
import layout from "./en/layout.json";

export default {
  account,
  audit,
  common,
  inbox,
  layout,
};
