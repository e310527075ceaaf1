import { updatePasswordRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = updatePasswordRoute;
