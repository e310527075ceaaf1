import { auditRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = auditRoute;
