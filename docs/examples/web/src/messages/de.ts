/** The texts of one language, a file per area of the app. */

import common from "./de/common.json";
import layout from "./de/layout.json";

export default {
  common,
  layout,
};
