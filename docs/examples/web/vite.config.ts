import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { build, defineConfig, type Plugin } from "vite";

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, "../../..");

/** Serve `/config.json` for the stack of `make up`; elsewhere it is a file next to index.html. */
function localStackConfig(): Plugin {
  const respond = (_: IncomingMessage, response: ServerResponse): void => {
    const file = resolve(ROOT, process.env["LOCAL_DIR"] ?? ".local", "stack.json");
    try {
      const { apiUrl, webSocketUrl, awsEndpoint, apiKeys, inboxUrl } = JSON.parse(
        readFileSync(file, "utf8"),
      );
      const urls: string[] = [apiUrl, webSocketUrl, awsEndpoint].filter(Boolean);
      const origins = [...new Set(urls.map((url) => new URL(url).origin))];
      response.setHeader("content-type", "application/json");
      response.setHeader("cache-control", "no-store");
      response.end(JSON.stringify({ apiUrl, apiKey: apiKeys.web, inboxUrl, origins }));
    } catch {
      response.statusCode = 503;
      response.end(`${file} does not describe a running stack. Run make up.`);
    }
  };
  return {
    name: "local-stack-config",
    configureServer: (server) => void server.middlewares.use("/config.json", respond),
    configurePreviewServer: (server) => void server.middlewares.use("/config.json", respond),
  };
}

/**
 * Build the service worker after the app, as one classic script, because not all browsers support
 * module workers. The build defines the files of the app shell, and a version derived from them.
 */
function serviceWorker(): Plugin {
  const publicFiles = ["manifest.webmanifest", "icon.svg", "icon-192.png"];
  return {
    name: "service-worker",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      const files = [
        ...Object.keys(bundle).filter((file) => file !== "index.html"),
        ...publicFiles,
      ];
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

/** Remove the policy during development: Vite's hot reload injects styles and scripts. */
function noPolicyInDevelopment(): Plugin {
  return {
    name: "no-policy-in-development",
    apply: "serve",
    transformIndexHtml: (html) =>
      html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ""),
  };
}

export default defineConfig({
  root: HERE,
  build: { target: "es2022", modulePreload: { polyfill: false } },
  plugins: [localStackConfig(), serviceWorker(), noPolicyInDevelopment()],
});
