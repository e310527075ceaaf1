import { serviceCostRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = serviceCostRoute;
