import { snapshotsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = snapshotsRoute;
