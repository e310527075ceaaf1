import { historySettingsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = historySettingsRoute;
