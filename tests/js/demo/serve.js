/** Serves the grid alone with played-back events, for looking at it: `node tests/js/demo/serve.js PORT`. Not product. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const types = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json", ".woff2": "font/woff2" };
const roots = { "/static/": "static/", "/node_modules/": "node_modules/", "/demo/": "tests/js/demo/" };

/** The page with the project's own sprite and grid template, without what Django would fill in. */
async function page() {
  const [html, sprite, grid] = await Promise.all(["tests/js/demo/index.html", "templates/_sprite.html", "templates/comparisons/_grid.html"].map((path) => readFile(join(root, path), "utf-8")));
  const plain = grid
    .replace(/{% for column[^]*{% endfor %}\s*<\/ul>/, "</ul>")
    .replace(/{% translate "([^"]*)" %}/g, "$1")
    .replace(/{% if comparison and not writable %}false{% else %}true{% endif %}/g, "true")
    .replace(/{% comment %}.*?{% endcomment %}|{%.*?%}/g, "");
  return html.replace("<!-- sprite -->", sprite.replace(/{%.*%}/g, "")).replace("<!-- grid -->", plain);
}

async function answer(path) {
  if (path === "/") return { body: await page(), type: types[".html"] };
  const prefix = Object.keys(roots).find((each) => path.startsWith(each));
  if (!prefix || path.includes("..")) return null;
  const file = join(root, roots[prefix], normalize(path.slice(prefix.length)));
  return { body: await readFile(file), type: types[extname(file)] ?? "application/octet-stream" };
}

const server = createServer((request, response) => {
  answer(new URL(request.url, "http://demo").pathname).then(
    (found) => {
      response.writeHead(found ? 200 : 404, { "Content-Type": found?.type ?? "text/plain", "Cache-Control": "no-store" });
      response.end(found?.body ?? "not found");
    },
    (error) => {
      response.writeHead(404);
      response.end(String(error.code));
    },
  );
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1");
