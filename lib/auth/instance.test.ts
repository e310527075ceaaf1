import { describe, expect, it } from "vitest";
import { listTrustedOrigins } from "./instance";

describe("the addresses that may sign people in", () => {
  it("are localhost by both names, and the public one", () => {
    expect(listTrustedOrigins({ url: "https://forks.example.com", host: "127.0.0.1", port: 3000 })).toEqual([
      "https://forks.example.com",
      "http://localhost:3000",
      "http://127.0.0.1:3000",
    ]);
  });

  it("are all of the machine's own when the server listens everywhere", () => {
    const origins = listTrustedOrigins({ url: "http://localhost:8080", host: "0.0.0.0", port: 8080 });
    expect(origins).toContain("http://127.0.0.1:8080");
    expect(origins.every((origin) => URL.canParse(origin))).toBe(true);
    expect(origins).not.toContain("http://0.0.0.0:8080");
  });
});
