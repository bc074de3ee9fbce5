/** What a reader can have done: stop, re-run, look inside. Talks to the API; the socket brings what came of it. */

import { inspected } from "../core/store.js";
import { t } from "../core/i18n.js";
import { progressWords } from "../core/progress.js";
import { problemText } from "../core/problems.js";
import { ApiError, cancelComparison, cancelRun, rerun } from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, showProblem, tell } from "./dom.js";

/** @typedef {import("../core/store.js").Store} Store */

const HAS_FOLLOW_UP = "has_follow_up";

export class GridActions {
  #place;
  /** @type {HTMLDialogElement | null} */
  #question = null;
  #json;

  /** `place`: where a problem is said; `json`: the dialog that shows a run. */
  constructor(/** @type {HTMLElement} */ place, /** @type {import("./ts-json-view.js").TsJsonView} */ json) {
    this.#place = place;
    this.#json = json;
  }

  cancel(/** @type {string[]} */ runs) {
    return this.#try(() => Promise.all(runs.map(cancelRun)));
  }

  cancelAll(/** @type {Store} */ store) {
    const { id } = store.comparison;
    return id && store.progress.running > 0 ? this.#try(() => cancelComparison(id)) : undefined;
  }

  /** A re-run under a turn that was followed up makes a branch; that is asked first. */
  rerun(/** @type {string} */ run) {
    return this.#try(async () => {
      try {
        await rerun(run, {});
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== HAS_FOLLOW_UP) throw error;
        if ((await this.#ask()) === "branch") await rerun(run, { branch: true });
      }
    });
  }

  inspect(/** @type {Store} */ store, /** @type {string} */ id, /** @type {string} */ letter) {
    const run = store.run(id);
    if (run) this.#json.open(t("Run of {letter}", { letter }), inspected(run));
  }

  code(/** @type {string} */ id, /** @type {string} */ letter) {
    const code = /** @type {import("./ts-code.js").TsCode} */ (this.#json.nextElementSibling);
    return code.open(t("Request of {letter} as code", { letter }), id);
  }

  async #try(/** @type {() => Promise<unknown>} */ act) {
    this.#say("");
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(problemText(error));
    }
  }

  #say(/** @type {string} */ text) {
    this.#place.hidden = text === "";
    showProblem(this.#place, text);
  }

  async #ask() {
    this.#question ??= question();
    if (!this.#question.isConnected) this.#place.after(this.#question);
    return openDialog(this.#question);
  }
}

function question() {
  const choose = (/** @type {string} */ value, /** @type {string} */ text, /** @type {string} */ look) => el("button", { value, class: look }, text);
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { "aria-labelledby": "branch-title" },
      el(
        "form",
        { method: "dialog" },
        el("h2", { id: "branch-title" }, t("This answer has a follow-up")),
        el("p", {}, t("A new answer here starts a branch. The conversation that follows from the old one stays as it is.")),
        el("div", { class: "dialog-foot" }, el("span", { class: "grow" }), choose("", t("Cancel"), ""), choose("branch", t("Start a branch"), "primary")),
      ),
    )
  );
  prepareDialog(dialog);
  return dialog;
}

/** Says in words what happened to runs since the last time: for the status line. */
export class Progress {
  /** @type {Map<string, string>} */
  #before = new Map();

  /** `letterOf`: the letter of a run's column. Silent the first time: what was there is not news. */
  tell(/** @type {Store} */ store, /** @type {(run: import("../core/types").Run) => string} */ letterOf) {
    const first = this.#before.size === 0;
    let ended = false;
    for (const run of store.current) {
      const before = this.#before.get(run.id);
      const now = run.content.length > 0 && run.status === "running" ? "started" : run.status;
      this.#before.set(run.id, now);
      if (first || before === now) continue;
      const news = NEWS[now]?.(letterOf(run), run);
      if (news) tell("ts:announce", { text: news });
      ended ||= ["finished", "failed", "cancelled", "interrupted"].includes(now);
    }
    if (ended) tell("ts:announce", { text: progressWords(store.progress) });
  }
}

/** @type {Record<string, (letter: string, run: import("../core/types").Run) => string>} */
const NEWS = {
  started: (letter) => t("{letter} started.", { letter }),
  finished: (letter, run) => (run.finish_reason === "length" ? t("{letter} was cut off.", { letter }) : t("{letter} is done.", { letter })),
  failed: (letter) => t("{letter} failed.", { letter }),
  cancelled: (letter) => t("{letter} was stopped.", { letter }),
  interrupted: (letter) => t("{letter} was interrupted.", { letter }),
  retrying: (letter) => t("{letter} tries again.", { letter }),
};
