/** The entry point of every page: defines all custom elements. Each one starts where a page contains it. */

import { GRID_ELEMENTS } from "./elements/grid-elements.js";
import { TsColumnSets } from "./elements/ts-column-sets.js";
import { TsBatchModels } from "./elements/ts-batch-models.js";
import { TsAttach } from "./elements/ts-attach.js";
import { TsBatch } from "./elements/ts-batch.js";
import { TsComposer } from "./elements/ts-composer.js";
import { TsConnection } from "./elements/ts-connection.js";
import { TsExport } from "./elements/ts-export.js";
import { TsForecast } from "./elements/ts-forecast.js";
import { TsFollowUp } from "./elements/ts-follow-up.js";
import { TsHelp } from "./elements/ts-help.js";
import { TsHistory } from "./elements/ts-history.js";
import { TsImport } from "./elements/ts-import.js";
import { TsModelChoice } from "./elements/ts-model-choice.js";
import { TsModels } from "./elements/ts-models.js";
import { TsParams } from "./elements/ts-params.js";
import { TsPicker } from "./elements/ts-picker.js";
import { TsPromptForm } from "./elements/ts-prompt-form.js";
import { TsPromptPicker } from "./elements/ts-prompt-picker.js";
import { TsPrompts } from "./elements/ts-prompts.js";
import { TsSavePrompt } from "./elements/ts-save-prompt.js";
import { TsShare } from "./elements/ts-share.js";
import { TsTheme } from "./elements/ts-theme.js";
import { TsTime } from "./elements/ts-time.js";
import { forget } from "./io/drafts.js";

// The order matters: elements that listen for events are defined before those that dispatch them.
const ELEMENTS = {
  "ts-models": TsModels,
  "ts-model-choice": TsModelChoice,
  "ts-picker": TsPicker,
  "ts-params": TsParams,
  "ts-connection": TsConnection,
  "ts-theme": TsTheme,
  "ts-help": TsHelp,
  "ts-time": TsTime,
  "ts-history": TsHistory,
  "ts-share": TsShare,
  "ts-prompts": TsPrompts,
  "ts-prompt-picker": TsPromptPicker,
  "ts-save-prompt": TsSavePrompt,
  "ts-column-sets": TsColumnSets,
  "ts-prompt-form": TsPromptForm,
  "ts-export": TsExport,
  "ts-batch": TsBatch,
  "ts-batch-models": TsBatchModels,
  "ts-import": TsImport,
  "ts-forecast": TsForecast,
  "ts-attach": TsAttach,
  "ts-follow-up": TsFollowUp,
  ...GRID_ELEMENTS,
  "ts-composer": TsComposer,
};

for (const [tag, element] of Object.entries(ELEMENTS)) customElements.define(tag, element);

// A comparison takes its own address without loading a page; going back then needs one.
window.addEventListener("popstate", () => location.reload());

document.querySelector("[data-sign-out]")?.addEventListener("submit", forget);
