import type { Metadata } from "next";
import { headers } from "next/headers";
import { loadActor } from "@/app/load-actor";
import { SessionsScreen } from "@/components/settings/sessions-screen";
import { listSessions } from "@/lib/auth";
import { changePassword, endSession } from "../actions";

export const metadata: Metadata = { title: "Sessions" };

export default async function SessionsPage() {
  const sessions = await listSessions(await loadActor(), { headers: await headers() });
  return <SessionsScreen sessions={sessions} actions={{ end: endSession, changePassword }} />;
}
