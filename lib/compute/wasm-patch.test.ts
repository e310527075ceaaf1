import { expect, test } from "vitest";
import { MEMORY_PAGES_MAX, withSharedMemory, withText } from "./wasm-patch";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const name = (text: string) => [text.length, ...Buffer.from(text)];
// As linkers write it: a length in five bytes, whatever its value.
const padded = (length: number) => [length | 0x80, 0x80, 0x80, 0x80, 0x00];
const imports = (...entries: number[][]) => {
  const body = [entries.length, ...entries.flat()];
  return Uint8Array.from([...HEADER, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x02, ...padded(body.length), ...body]);
};
const FUNCTION = [...name("env"), ...name("f"), 0x00, 0x00];
const GLOBAL = [...name("env"), ...name("g"), 0x03, 0x7f, 0x01];
const TABLE = [...name("env"), ...name("t"), 0x01, 0x70, 0x01, 0x01, 0x02];
const memory = (...limits: number[]) => [...name("env"), ...name("memory"), 0x02, ...limits];
const instantiate = (bytes: Uint8Array, memory: WebAssembly.Memory) =>
  new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)), {
    env: {
      memory,
      f: () => {},
      g: new WebAssembly.Global({ value: "i32", mutable: true }),
      t: new WebAssembly.Table({ element: "anyfunc", initial: 1, maximum: 2 }),
    },
  });
const shared = (maximum: number) => new WebAssembly.Memory({ initial: 1, maximum, shared: true });

test("a memory with a maximum becomes shared, wherever it stands among the imports", () => {
  const source = imports(FUNCTION, GLOBAL, TABLE, memory(0x01, 0x01, 0x02));
  expect(() => instantiate(source, shared(2))).toThrow(WebAssembly.LinkError);
  expect(instantiate(withSharedMemory(source), shared(2))).toBeInstanceOf(WebAssembly.Instance);
});

test("a memory without a maximum gets the largest, and the module stays whole", () => {
  const patched = withSharedMemory(imports(memory(0x00, 0x01), FUNCTION));
  expect(instantiate(patched, shared(MEMORY_PAGES_MAX))).toBeInstanceOf(WebAssembly.Instance);
});

test("a module without a memory stays as it is", () => {
  const source = imports(FUNCTION);
  expect(withSharedMemory(source)).toEqual(source);
});

test("a text is replaced everywhere, and what is left over is zero", () => {
  const source = Buffer.from("-c size=128MB\0 size=128MB");
  expect(Buffer.from(withText(source, "size=128MB", "size=16MB")).toString()).toBe("-c size=16MB\0\0 size=16MB\0");
});

test("a text that is not there, or a longer one, is refused", () => {
  expect(() => withText(Buffer.from("abc"), "x", "y")).toThrow("does not hold");
  expect(() => withText(Buffer.from("abc"), "a", "ab")).toThrow("not longer");
});
