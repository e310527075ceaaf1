"use client";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";
import { Announcer } from "@/components/ui/announcer";
import { Toasts } from "@/components/ui/toast";

export interface ProvidersProps {
  nonce: string | undefined;
  children: ReactNode;
}

// What a page brought with it is not fetched again at once.
const FRESH_MS = 2_000;

/** What every screen may count on: theme, URL state, the query cache, toasts, a voice for screen readers. */
export function Providers({ nonce, children }: ProvidersProps) {
  const [queryClient] = useState(
    () =>
      new QueryClient({ defaultOptions: { queries: { staleTime: FRESH_MS, retry: 1, refetchOnWindowFocus: true } } }),
  );
  return (
    <CSPProvider nonce={nonce ?? ""}>
      <ThemeProvider attribute="class" nonce={nonce ?? ""} disableTransitionOnChange>
        <NuqsAdapter>
          <QueryClientProvider client={queryClient}>
            <Announcer>
              <Toasts>{children}</Toasts>
            </Announcer>
          </QueryClientProvider>
        </NuqsAdapter>
      </ThemeProvider>
    </CSPProvider>
  );
}
