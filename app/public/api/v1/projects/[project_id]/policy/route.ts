import { policyRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = policyRoute;
