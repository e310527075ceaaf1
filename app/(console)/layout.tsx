import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { loadActor } from "@/app/load-actor";
import { ChangesProvider } from "@/components/changes/changes";
import { DeletionProvider } from "@/components/services/deletion";
import { ServiceActionsProvider } from "@/components/services/service-actions";
import { Clock } from "@/components/shell/clock";
import { Live } from "@/components/shell/live";
import { Shell } from "@/components/shell/shell";
import { serviceKeys } from "@/lib/client/services";
import { isZone, UTC, ZONE_COOKIE } from "@/lib/client/time";
import { systemClock } from "@/lib/std/clock";
import { signOut } from "./account-actions";
import {
  changeHistorySettings,
  deleteService,
  deleteSnapshot,
  purgeService,
  resetPassword,
  restoreService,
  revealPassword,
  takeSnapshot,
} from "./actions";
import {
  cancelOperation,
  pauseService,
  renameService,
  resetService,
  resizeService,
  startService,
} from "./change-actions";
import { Hydrated } from "./hydrated";
import { expireService, extendService } from "./lifetime-actions";
import { loadBin, loadServices } from "./load-data";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await loadActor();
  const [services, bin, zone] = await Promise.all([loadServices(actor), loadBin(actor), loadZone()]);
  return (
    <Clock renderedAtMs={systemClock.nowMs()} initialZone={zone}>
      <Hydrated
        data={[
          [serviceKeys.list, services],
          [serviceKeys.bin, bin],
        ]}
      >
        <ServiceActionsProvider
          actions={{
            deleteService,
            restoreService,
            pauseService,
            startService,
            resizeService,
            renameService,
            resetService,
            cancelOperation,
            extendService,
            expireService,
            purgeService,
            revealPassword,
            resetPassword,
            takeSnapshot,
            deleteSnapshot,
            changeHistorySettings,
          }}
        >
          <Live />
          <DeletionProvider>
            <ChangesProvider>
              <Shell account={{ name: actor.name, signOut }}>{children}</Shell>
            </ChangesProvider>
          </DeletionProvider>
        </ServiceActionsProvider>
      </Hydrated>
    </Clock>
  );
}

async function loadZone(): Promise<string> {
  const zone = (await cookies()).get(ZONE_COOKIE)?.value;
  return zone && isZone(zone) ? zone : UTC;
}
