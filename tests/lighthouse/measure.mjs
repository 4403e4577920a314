// Measures pages with Lighthouse in a browser that runs already, and prints the reports as JSON.
//   node measure.mjs <debugging port> <form factor> <url>…
import lighthouse, { desktopConfig } from "lighthouse";

const [port, formFactor, ...urls] = process.argv.slice(2);
// The session is stored by the page, so it must not be cleared.
const flags = { port: Number(port), output: "json", logLevel: "error", disableStorageReset: true };
const config = formFactor === "desktop" ? desktopConfig : undefined;
const reports = [];
for (const url of urls) {
  const { lhr } = await lighthouse(url, flags, config);
  const weights = Object.values(lhr.categories).flatMap(({ auditRefs }) => auditRefs);
  const counted = new Set(weights.filter(({ weight }) => weight > 0).map(({ id }) => id));
  const failed = Object.values(lhr.audits).filter(
    ({ id, score }) => counted.has(id) && score !== null && score < 0.9,
  );
  reports.push({
    url,
    scores: Object.fromEntries(
      Object.entries(lhr.categories).map(([id, { score }]) => [id, Math.round(score * 100)]),
    ),
    failed: failed.map(({ id, title, displayValue }) => ({ id, title, displayValue })),
  });
}
process.stdout.write(JSON.stringify(reports));
