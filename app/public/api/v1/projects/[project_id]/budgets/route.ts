import { budgetsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = budgetsRoute;
