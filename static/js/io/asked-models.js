/** Models that the address of the playground names: from the list of models, or from a link. */

import { modelsIn } from "../core/model-choice.js";

/** Their ids, or null. The address forgets them: a reload must not bring them back. */
export function askedModels() {
  const models = modelsIn(location.search);
  if (models !== null) history.replaceState(null, "", location.pathname + location.hash);
  return models;
}
