import type { Role } from "./role";

/** Who asks, and for which project: every question and every request is answered within it. */
export interface Actor {
  readonly projectId: string;
  /** Null for an API key without a person behind it, and for what happens by itself. */
  readonly userId: string | null;
  /** What "requested by" says. */
  readonly name: string;
  readonly via: "console" | "api" | "ttl" | "engine";
  /** What it may do in the project: lib/auth/permissions.ts. */
  readonly role: Role;
  /** The client's IP address; null where none is known. */
  readonly address: string | null;
}

/** What ends by itself, or is done by the engine: asked by nobody, allowed everything, and in the audit by its name. */
export const systemActor = (projectId: string, via: "ttl" | "engine"): Actor => ({
  projectId,
  userId: null,
  name: via === "ttl" ? "TTL" : "Offshoot",
  via,
  role: "owner",
  address: null,
});
