import { Tag } from "@/components/ui/tag";
import type { ServiceDto } from "@/lib/schemas/service";

/** PROD stands out; DEV is quiet. */
export function EnvironmentTag({ service }: { service: Pick<ServiceDto, "metadata"> }) {
  const { environment } = service.metadata;
  return <Tag tone={environment === "PROD" ? "prod" : "quiet"}>{environment}</Tag>;
}
