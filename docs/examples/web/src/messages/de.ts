/** The texts of one language, a file per area of the app. */

import account from "./de/account.json";
import audit from "./de/audit.json";
import common from "./de/common.json";
import inbox from "./de/inbox.json";
import layout from "./de/layout.json";

export default {
  account,
  audit,
  common,
  inbox,
  layout,
};
