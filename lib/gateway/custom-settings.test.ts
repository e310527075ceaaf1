import { describe, expect, it } from "vitest";
import { CustomSettings } from "./custom-settings";
import { encodeQuery } from "./wire/frontend";

function noted(sql: string): CustomSettings {
  const settings = new CustomSettings();
  settings.note(encodeQuery(sql));
  return settings;
}

describe("custom settings", () => {
  it("have the names that a text gives them", () => {
    expect([...noted("set app.tenant = 'a'").names]).toEqual(["app.tenant"]);
    expect([...noted("select set_config('app.user', '7', false)").names]).toEqual(["app.user"]);
  });

  it.each([
    "select set_config('app.'||'tenant', 'A', false)",
    "do $$ begin execute format('set %s = %L', 'app.'||'who', 'A'); end $$",
    "do $$ begin execute 'set app.' || 'who = 1'; end $$",
  ])("are taken to be set when no text tells the name: %s", (sql) => {
    expect(noted(sql).isOverfull).toBe(true);
  });

  it.each([
    "select set_config('app.user', '7', false)",
    "do $$ begin execute format('update t set a = %L', 1); end $$",
    "create trigger t before update on t for each row execute function set_updated()",
    "update t set a = 1",
  ])("do not pin whoever sets none, or one by name: %s", (sql) => {
    expect(noted(sql).isOverfull).toBe(false);
  });
});
