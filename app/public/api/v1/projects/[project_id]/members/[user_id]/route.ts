import { memberRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = memberRoute;
