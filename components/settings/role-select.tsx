import type { ComponentProps } from "react";
import { cn } from "@/components/ui/class-names";
import { inputStyle } from "@/components/ui/field";
import { isAtLeast, ROLES, type Role } from "@/lib/schemas/role";

const MAY: Readonly<Record<Role, string>> = {
  viewer: "Viewer: reads everything but secrets",
  developer: "Developer: creates, forks and deletes",
  admin: "Admin: PROD services, people, prices, policy",
  owner: "Owner: everything",
};

/** A role up to one's own. */
export function RoleSelect({
  upTo,
  brief,
  className,
  ...rest
}: ComponentProps<"select"> & { upTo: Role; brief?: boolean }) {
  return (
    <select className={cn(inputStyle, className)} {...rest}>
      {ROLES.filter((role) => isAtLeast(upTo, role)).map((role) => (
        <option key={role} value={role}>
          {brief ? role : MAY[role]}
        </option>
      ))}
    </select>
  );
}
