import { Lock } from "lucide-react";
import type { ReactNode } from "react";
import { EmptyState } from "@/components/ui/empty-state";
import { AppError } from "@/lib/std/app-error";

/** A page's content, or why it is not for whoever looks. */
export async function forbidden(render: () => Promise<ReactNode>): Promise<ReactNode> {
  try {
    return await render();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "FORBIDDEN") throw error;
    return <EmptyState icon={<Lock size={32} aria-hidden />} title={error.message} />;
  }
}
