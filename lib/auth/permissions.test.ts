import { describe, expect, it } from "vitest";
import { ROLES } from "@/lib/schemas/role";
import type { AppError } from "@/lib/std/app-error";
import { type Action, authorize, type Facts, findLeastRole, isAllowed, PERMISSIONS } from "./permissions";

const ACTIONS = Object.keys(PERMISSIONS) as Action[];
const FACTS: Facts[] = [{}, { environment: "DEV" }, { environment: "PROD" }];

const refusalOf = (role: (typeof ROLES)[number], action: Action, facts?: Facts): AppError | undefined => {
  try {
    authorize({ role }, action, facts);
    return undefined;
  } catch (error) {
    return error as AppError;
  }
};

describe("the permission table", () => {
  it.each(ACTIONS)("lets a higher role do all that a lower one may: %s", (action) => {
    for (const facts of FACTS) {
      const allowed = ROLES.map((role) => refusalOf(role, action, facts) === undefined);
      expect(allowed).toEqual([...allowed].sort());
      expect(allowed.at(-1)).toBe(true);
      expect(allowed).toEqual(ROLES.map((role) => isAllowed({ role }, action, facts)));
    }
  });

  it("lets viewers read, and change nothing but their own sessions", () => {
    const changes = ACTIONS.filter((action) => !/\.read$|Read$/.test(action));
    expect(changes.filter((action) => isAllowed({ role: "viewer" }, action))).toEqual(["sessions.end"]);
  });

  it("asks no less for a PROD service than for another", () => {
    for (const action of ACTIONS) {
      const [least, ofProd] = [findLeastRole(action), findLeastRole(action, { environment: "PROD" })];
      expect(ROLES.indexOf(ofProd)).toBeGreaterThanOrEqual(ROLES.indexOf(least));
    }
  });

  it("says who may not do what, and whom to ask", () => {
    expect(refusalOf("viewer", "service.fork")).toMatchObject({
      code: "FORBIDDEN",
      message: "Viewers may not fork services; ask a developer.",
      details: { action: "service.fork", role: "viewer", least_role: "developer" },
    });
    expect(refusalOf("developer", "service.updatePassword", { environment: "PROD" })?.message).toBe(
      "Developers may not set the passwords of services tagged PROD; ask an admin.",
    );
    expect(refusalOf("viewer", "service.stop", { environment: "PROD" })?.message).toBe(
      "Viewers may not stop services tagged PROD; ask an admin.",
    );
  });

  it("leaves to the project's policy who may fork PROD", () => {
    const denied = (role: (typeof ROLES)[number], forkProdRole: (typeof ROLES)[number]) =>
      refusalOf(role, "service.forkProd", { environment: "PROD", forkProdRole })?.code;
    expect(denied("developer", "developer")).toBeUndefined();
    expect(denied("developer", "admin")).toBe("FORK_PROD_DENIED");
    expect(denied("admin", "owner")).toBe("FORK_PROD_DENIED");
    expect(denied("viewer", "viewer")).toBeUndefined();
  });
});
