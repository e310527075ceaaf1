import { expect, test } from "vitest";
import { hideSecrets } from "./hide-secrets";

test.each([
  [
    "connect postgresql://ada:pa:ss%40word@db:5432/offshoot failed",
    "connect postgresql://ada:***@db:5432/offshoot failed",
  ],
  ['{"msg":"smtps://:hunter2@mail"}', '{"msg":"smtps://:***@mail"}'],
  ["authorization: Basic dGVzdDpzZWNyZXQ=", "authorization: Basic ***"],
  ["Bearer 0123456789abcdef", "Bearer ***"],
  ["cookie: offshoot.session_token=abc.def%3D; theme=dark", "cookie: offshoot.session_token=***; theme=dark"],
  ["GET /setup?token=abcdef&x=1", "GET /setup?token=***&x=1"],
  ['{"initial_password":"a\\"b","name":"x"}', '{"initial_password":"***","name":"x"}'],
  ['{"secret":"s","apiKey":"k"}', '{"secret":"***","apiKey":"***"}'],
])("%s is logged as %s", (line, logged) => {
  expect(hideSecrets(line)).toBe(logged);
});

test("a line without secrets stays as it is", () => {
  const line =
    '{"level":40,"time":1,"serviceId":"abcdefghi1","msg":"http://127.0.0.1:3000/healthz did not answer at 10:00: a@b"}';
  expect(hideSecrets(line)).toBe(line);
});
