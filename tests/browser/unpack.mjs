// Unpacks Chromium beside its package: the browser, the libraries that a plain container lacks
// (NSS, expat), a font, and software rendering. The package's own code would do so under /tmp, for every user.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const packed = join(import.meta.dirname, "node_modules/@sparticuz/chromium/bin");
const target = join(import.meta.dirname, "node_modules/.chromium");
const unpacked = (name) => brotliDecompressSync(readFileSync(join(packed, `${name}.br`)));

mkdirSync(target, { recursive: true });
for (const archive of ["al2023.tar", "fonts.tar", "swiftshader.tar"]) {
  execFileSync("tar", ["-x", "--no-same-owner", "-C", target], { input: unpacked(archive) });
}
const fonts = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(target, "fonts")}</dir><dir>/usr/share/fonts</dir></fontconfig>\n`;
writeFileSync(join(target, "fonts.conf"), fonts);
writeFileSync(join(target, "chromium"), unpacked("chromium"), { mode: 0o755 });
