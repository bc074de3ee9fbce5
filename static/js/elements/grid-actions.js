/** What a reader can have done: stop, re-run, look inside. Talks to the API; the socket brings what came of it. */

import { inspected } from "../core/store.js";
import { t } from "../core/i18n.js";
import { progressWords } from "../core/progress.js";
import { problemText } from "../core/problems.js";
import { ApiError, cancelComparison, cancelRun, rerun } from "../io/api.js";
import { showProblem, tell } from "./dom.js";
import { asked } from "./question.js";

/** @typedef {import("../core/store.js").Store} Store */

const HAS_FOLLOW_UP = "has_follow_up";

export class GridActions {
  #place;
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
        if (await this.#ask()) await rerun(run, { branch: true });
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

  #ask() {
    return asked(this.#place, {
      title: t("This answer has a follow-up"),
      text: t("A new answer here starts a branch. The conversation that follows from the old one stays as it is."),
      yes: t("Start a branch"),
    });
  }
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
