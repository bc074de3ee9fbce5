/** What the page needs of the shared animation frame: to hear of paints, to follow a growing answer, to keep calm. */

export { follow } from "./follow.js";
export { frame, onPainted } from "./scheduler.js";
