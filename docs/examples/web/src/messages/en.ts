/** The texts of one language, a file per area of the app. */

import common from "./en/common.json";
import layout from "./en/layout.json";

export default {
  common,
  layout,
};
