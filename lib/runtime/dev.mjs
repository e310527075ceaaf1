// npm run dev: Next's development server beside an engine that is bundled again, and restarted in order, when a file changes.
import { context } from "esbuild";
import { ENGINE_BUILD, ensureBuild } from "./build.mjs";

if (process.argv.includes("--help")) {
  console.log(`npm run dev: the product with Next's development server; the engine is rebuilt and restarted when a file changes.
Takes the same variables as npm start; npm start -- --help lists them.`);
} else {
  await ensureBuild({ parts: ["client"] });
  let restartEngine;
  let isRestarting = false;
  const restartAfterRebuild = {
    name: "restart-after-rebuild",
    setup: (build) =>
      build.onEnd(async ({ errors }) => {
        for (const { text, location } of errors) console.error(`${location?.file}:${location?.line} ${text}`);
        if (errors.length > 0 || !restartEngine || isRestarting) return;
        console.log("The engine has changed; restarting it.");
        isRestarting = true;
        await restartEngine().finally(() => {
          isRestarting = false;
        });
      }),
  };
  const engine = await context({ ...ENGINE_BUILD, plugins: [restartAfterRebuild] });
  await engine.rebuild();
  await engine.watch();
  process.setSourceMapsEnabled(true);
  const { runSupervisor } = await import("../../dist/supervisor.js");
  const exitCode = await runSupervisor({
    development: true,
    onReady: (running) => {
      restartEngine = running.restartEngine;
    },
  });
  await engine.dispose();
  process.exit(exitCode);
}
