"use server";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { signOut as endSession } from "@/lib/auth";

export async function signOut(): Promise<void> {
  await endSession(await headers());
  redirect("/login");
}
