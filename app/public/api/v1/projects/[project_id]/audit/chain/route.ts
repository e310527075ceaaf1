import { auditChainRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = auditChainRoute;
