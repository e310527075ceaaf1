import { replicaSetsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = replicaSetsRoute;
