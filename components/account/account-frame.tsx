import type { ReactNode } from "react";
import { Mark } from "@/components/shell/mark";

/** What stands around the screens without a session. */
export function AccountFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-4 py-12">
      <div className="w-full max-w-[384px]">
        <div className="mb-8 flex items-center justify-center gap-2.5 font-semibold text-xl">
          <Mark width={26} height={26} />
          Offshoot
        </div>
        <div className="rounded-lg border border-border bg-surface-1 p-6 shadow-float sm:p-8">
          <h1 className="mb-5 font-semibold text-xl">{title}</h1>
          {children}
        </div>
        <p className="mt-6 text-balance text-center text-fg-3 text-sm">
          Zero-copy Postgres forks: a full, writable copy in about a second.
        </p>
      </div>
    </main>
  );
}
