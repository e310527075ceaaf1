import { snapshotRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = snapshotRoute;
