import { armRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = armRoute;
