import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { build, defineConfig, type Plugin } from "vite";

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, "../../..");

/** Answers `/config.json` from what `make up` wrote; elsewhere it is a file beside index.html. */
function configOfTheLocalStack(): Plugin {
  const answer = (_: IncomingMessage, response: ServerResponse): void => {
    const file = resolve(ROOT, process.env["LOCAL_DIR"] ?? ".local", "stack.json");
    try {
      const { apiUrl, webSocketUrl, awsEndpoint, apiKeys, inboxUrl } = JSON.parse(
        readFileSync(file, "utf8"),
      );
      const asked: string[] = [apiUrl, webSocketUrl, awsEndpoint].filter(Boolean);
      const origins = [...new Set(asked.map((url) => new URL(url).origin))];
      response.setHeader("content-type", "application/json");
      response.setHeader("cache-control", "no-store");
      response.end(JSON.stringify({ apiUrl, apiKey: apiKeys.web, inboxUrl, origins }));
    } catch {
      response.statusCode = 503;
      response.end(`No stack is described in ${file}: run make up.`);
    }
  };
  return {
    name: "config-of-the-local-stack",
    configureServer: (server) => void server.middlewares.use("/config.json", answer),
    configurePreviewServer: (server) => void server.middlewares.use("/config.json", answer),
  };
}

/**
 * Builds the service worker after the app, as one classic script: module workers are too young.
 * It is told which files the shell is made of, and a version that changes when any of them does.
 */
function serviceWorker(): Plugin {
  const others = ["manifest.webmanifest", "icon.svg", "icon-192.png"];
  return {
    name: "service-worker",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      const files = [...Object.keys(bundle).filter((file) => file !== "index.html"), ...others];
      const hash = createHash("sha256");
      for (const file of ["index.html", ...files]) hash.update(readFileSync(resolve(dir!, file)));
      await build({
        configFile: false,
        publicDir: false,
        logLevel: "warn",
        define: {
          SHELL_VERSION: JSON.stringify(hash.digest("hex").slice(0, 12)),
          SHELL_FILES: JSON.stringify(["/", ...files.map((file) => `/${file}`)]),
        },
        build: {
          outDir: dir!,
          emptyOutDir: false,
          target: "es2022",
          rolldownOptions: {
            input: resolve(HERE, "src/worker.ts"),
            output: { format: "iife", entryFileNames: "worker.js" },
          },
        },
      });
    },
  };
}

/** Vite's reloading injects styles and scripts that the policy of index.html refuses. */
function noPolicyWhileDeveloping(): Plugin {
  return {
    name: "no-policy-while-developing",
    apply: "serve",
    transformIndexHtml: (html) =>
      html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ""),
  };
}

export default defineConfig({
  root: HERE,
  build: { target: "es2022", modulePreload: { polyfill: false } },
  plugins: [configOfTheLocalStack(), serviceWorker(), noPolicyWhileDeveloping()],
});
