import { createSetupLink, ensureBootstrapAdmin, ensureBootstrapApiKey, loadSecrets } from "@/lib/auth";
import { openDatabase } from "@/lib/db";
import type { Env } from "@/lib/env";

/** Makes what the first start needs: secrets, the account and key that were configured. Answers the link for the first person, if one is needed. */
export async function bootstrap(env: Env, databaseUrl: string): Promise<string | undefined> {
  loadSecrets(env.dataDir);
  const db = openDatabase(databaseUrl);
  try {
    await ensureBootstrapAdmin(db, env.admin);
    if (env.bootstrapApiKey) await ensureBootstrapApiKey(db, env.bootstrapApiKey);
    return await createSetupLink(db, { url: env.url });
  } finally {
    await db.$disconnect();
  }
}
