/** The bare names of the page's import map, for Node: the same files of node_modules that the site serves. */

import { existsSync } from "node:fs";
import * as modules from "node:module";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

const REPOSITORY = join(import.meta.dirname, "../../..");
const FILES = [
  [/^marked$/, () => "marked/lib/marked.esm.js"],
  [/^temml$/, () => "temml/dist/temml.mjs"],
  [/^highlight$/, () => "@highlightjs/cdn-assets/es/core.min.js"],
  [/^highlight\/([a-z]+)$/, (name) => `@highlightjs/cdn-assets/es/languages/${name}.min.js`],
  [/^happy-dom$/, () => "happy-dom/lib/index.js"],
];

function fileOf(specifier) {
  for (const [pattern, path] of FILES) {
    const match = pattern.exec(specifier);
    if (!match) continue;
    const roots = [join(REPOSITORY, "node_modules"), ...(process.env.NODE_PATH ?? "").split(delimiter).filter(Boolean)];
    const found = roots.map((root) => join(root, path(match[1]))).find((file) => existsSync(file));
    if (!found) throw new Error(`${specifier}: not in node_modules; run npm ci`);
    return pathToFileURL(found).href;
  }
  return null;
}

/** For `module.register`, which asks in a thread of its own. */
export async function resolve(specifier, context, next) {
  const url = fileOf(specifier);
  return url ? { url, shortCircuit: true } : next(specifier, context);
}

/** Makes the names known to this process. */
export function install() {
  if (modules.registerHooks) {
    modules.registerHooks({
      resolve(specifier, context, next) {
        const url = fileOf(specifier);
        return url ? { url, shortCircuit: true } : next(specifier, context);
      },
    });
  } else {
    modules.register(import.meta.url);
  }
}
