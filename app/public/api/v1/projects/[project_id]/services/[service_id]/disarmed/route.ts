import { disarmedRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = disarmedRoute;
