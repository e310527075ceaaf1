import { cva, type VariantProps } from "class-variance-authority";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./class-names";

const noticeStyle = cva("flex items-start gap-2.5 rounded-md border px-3.5 py-3 text-fg", {
  variants: {
    tone: {
      info: "border-info/40 bg-info-tint [&>svg]:text-info",
      warn: "border-warn/40 bg-warn-tint [&>svg]:text-warn",
      danger: "border-danger/40 bg-danger-tint [&>svg]:text-danger",
    },
  },
  defaultVariants: { tone: "info" },
});

const icons = { info: Info, warn: TriangleAlert, danger: CircleAlert };

export interface NoticeProps extends ComponentProps<"div">, VariantProps<typeof noticeStyle> {
  /** Ways out, below the sentence. */
  actions?: ReactNode;
}

/** Something to know, in the place where it matters. A failure carries `role="alert"`, given by whoever shows it. */
export function Notice({ tone, actions, className, children, ...rest }: NoticeProps) {
  const Icon = icons[tone ?? "info"];
  return (
    <div className={cn(noticeStyle({ tone }), className)} {...rest}>
      <Icon size={16} className="mt-0.5 shrink-0" aria-hidden />
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <div className="min-w-0 break-words">{children}</div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}
