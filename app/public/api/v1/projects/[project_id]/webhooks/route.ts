import { webhooksRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = webhooksRoute;
