import { type NextRequest, NextResponse } from "next/server";

const NONCE_BYTES = 16;

/**
 * Gives every page its own Content-Security-Policy. Next puts the nonce of this header on the scripts it writes, so no
 * inline script runs that this server did not send. Who may see a page is decided where its data is read, not here.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(NONCE_BYTES))));
  const policy = computePolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  // Where to return to after signing in.
  headers.set("x-offshoot-path", request.nextUrl.pathname + request.nextUrl.search);
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

function computePolicy(nonce: string, development: boolean): string {
  return [
    "default-src 'self'",
    // React's development build names functions with eval; the production build needs none.
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    development ? "style-src 'self' 'unsafe-inline'" : `style-src-elem 'self' 'nonce-${nonce}'`,
    // Popups are placed by style attributes; an attribute runs no script and loads nothing that img-src would not allow.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export const config = {
  matcher: [
    // Pages only: files, and the answers to machines, carry no scripts.
    { source: "/((?!_next/static|_next/image|public/api|healthz|readyz|data/|icon|favicon).*)" },
  ],
};
