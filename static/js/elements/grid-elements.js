/** The elements of the grid by tag, those that others build on first. */

import { TsCode } from "./ts-code.js";
import { TsColumn } from "./ts-column.js";
import { TsGrid } from "./ts-grid.js";
import { TsJsonView } from "./ts-json-view.js";
import { TsLabels } from "./ts-labels.js";
import { TsMetrics } from "./ts-metrics.js";
import { TsRace } from "./ts-race.js";
import { TsReasoning } from "./ts-reasoning.js";
import { TsStatus } from "./ts-status.js";
import { TsTabs } from "./ts-tabs.js";
import { TsToolCall } from "./ts-tool-call.js";
import { TsToolbar } from "./ts-toolbar.js";

export const GRID_ELEMENTS = {
  "ts-status": TsStatus,
  "ts-metrics": TsMetrics,
  "ts-reasoning": TsReasoning,
  "ts-tool-call": TsToolCall,
  "ts-json-view": TsJsonView,
  "ts-code": TsCode,
  "ts-labels": TsLabels,
  "ts-toolbar": TsToolbar,
  "ts-race": TsRace,
  "ts-tabs": TsTabs,
  "ts-column": TsColumn,
  "ts-grid": TsGrid,
};
