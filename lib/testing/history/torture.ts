/** What bundle.mjs makes a program of. */
export { runKills } from "./kills-run";
export { runMoments } from "./moments-run";
