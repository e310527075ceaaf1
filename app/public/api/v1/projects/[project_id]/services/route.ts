import { servicesRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = servicesRoute;
