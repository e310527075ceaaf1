// npm start: builds when there is no current build, then becomes the supervisor.
import { ensureBuild } from "./build.mjs";
import { HELP } from "./help.mjs";

if (process.argv.includes("--help")) {
  console.log(HELP);
} else {
  try {
    await ensureBuild();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  process.setSourceMapsEnabled(true);
  const { runSupervisor } = await import("../../dist/supervisor.js");
  process.exit(await runSupervisor());
}
