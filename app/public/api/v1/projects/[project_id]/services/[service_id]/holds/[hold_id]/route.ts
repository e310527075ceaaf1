import { holdRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = holdRoute;
