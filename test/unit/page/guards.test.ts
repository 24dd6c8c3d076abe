// What keeps the controller from writing is told also where nothing does.
import { expect, it } from "vitest";
import { renderController } from "../../../controller/page/controller-page.ts";
import type { Guards } from "../../../controller/page/guards.ts";
import { sampleSight } from "./sample-sight.ts";

const open: Guards = { deletePolicy: "sync", allow: undefined };
const render = (guards: Guards, pause = sampleSight.pause) =>
  `${renderController({ ...sampleSight, pause }, new Map(), guards).parts}`.replaceAll(/<[^>]*>/g, "");

it("says that writes are not paused, and by whom they are", () => {
  expect(render(open)).toMatch(/Writes\s*✓ Not paused/);
  const pause = { reason: "a move", by: "ann", at: "2026-11-22T10:00:00.000Z" };
  expect(render(open, pause)).toMatch(/Writes\s*❚❚ Paused by ann, 2026-11-22 10:00:00 UTC: a move/);
});

it("says what is deleted, and what policies may reach", () => {
  expect(render(open)).toMatch(/sync: what no policy wants any more is deleted/);
  expect(render(open)).toMatch(/everything: no allow is set/);
  const page = render({
    deletePolicy: "upsert-only",
    allow: { images: ["*.dkr.ecr.*/agents/*"], secrets: [] },
  });
  expect(page).toMatch(/upsert-only: nothing is deleted/);
  expect(page).toMatch(/of images, secrets only what allow lists/);
  expect(page).toContain("images: *.dkr.ecr.*/agents/*");
  expect(page).toContain("secrets: none");
});

it("says how many globs it does not show", () => {
  const images = Array.from({ length: 500 }, (_, index) => `registry.example.com/team-${index}/*`);
  expect(render({ ...open, allow: { images } })).toMatch(/and \d{3} more/);
});
