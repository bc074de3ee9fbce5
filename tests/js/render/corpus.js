/** The hostile texts of tests/corpus; `tests/corpus/__init__.py` reads the same files. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../../corpus");

function decode(line) {
  const text = line.replaceAll("⏎", "\n").replaceAll("⇥", "\t");
  return text.replace(/\{U\+([0-9A-F]{4,6})\}/g, (_, code) => String.fromCodePoint(parseInt(code, 16)));
}

function lines(name) {
  const all = readFileSync(join(FOLDER, name), "utf8").split("\n");
  return all.filter((line) => line.trim() && !line.startsWith(";;")).map(decode);
}

export const payloads = lines("xss.txt");
export const shapes = lines("shapes.txt");
