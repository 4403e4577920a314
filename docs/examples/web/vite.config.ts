import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
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

/** Answer 404 to files that are not there: a preview answers every address with the app's page. */
function noPageForFiles(): Plugin {
  const isFile = /\.(txt|xml|json|js|css|map|png|svg|webp|ico|webmanifest)$/;
  return {
    name: "no-page-for-files",
    configurePreviewServer: ({ config, middlewares }) => {
      const folder = resolve(config.root, config.build.outDir);
      middlewares.use((request, response, next) => {
        const [path = "/"] = (request.url ?? "/").split("?");
        if (
          path === "/config.json" ||
          !isFile.test(path) ||
          existsSync(resolve(folder, `.${path}`))
        )
          return next();
        response.statusCode = 404;
        response.end();
      });
    },
  };
}

/**
 * Put what several pages share into a few files, because every file costs a request.
 *
 * Pages stay files of their own, which are loaded when they are visited. main.ts does as well: it
 * waits for the first page, which would wait for it if they imported the same file.
 */
const GROUPS = [
  {
    name: "app",
    test: /src\/(?!views\/|messages\/|worker|main)[\w-]+(\/[\w-]+)?\.ts$/,
    priority: 2,
  },
  { name: "parts", test: /src\/views\/[\w-]+\.ts$/, minShareCount: 3, priority: 1 },
];

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
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: GROUPS } } },
  },
  plugins: [localStackConfig(), noPageForFiles(), serviceWorker(), noPolicyInDevelopment()],
});
