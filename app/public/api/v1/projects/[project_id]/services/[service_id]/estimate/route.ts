import { estimateRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = estimateRoute;
