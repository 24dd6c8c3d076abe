// The record of an overlaid field survives as one tag: within AWS's alphabet and length, read back as written.
import { describe, expect, it } from "vitest";
import { nextRecord, readRecord, recordKey, writeRecord } from "../../../controller/core/record.ts";

/** What AWS takes in a tag value (letters, digits, spaces and + - = . _ : / @). */
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

describe("the record in a tag", () => {
  it.each([
    [undefined, "30"],
    ["14", "30"],
    ["disabled", "enhanced"],
    ["enabled", "disabled"],
    ["3653", "3653"],
  ])("%s → %s comes back as it was", (original, written) => {
    const text = writeRecord({ original, written });
    expect(text).toMatch(tagValue);
    expect(readRecord({ [recordKey("ecsmon", "retention")]: text }, "ecsmon", "retention")).toEqual({
      original,
      written,
    });
  });

  it("reads as a person would write it", () => {
    expect(writeRecord({ original: "disabled", written: "enhanced" })).toBe(
      "original:disabled written:enhanced",
    );
    expect(recordKey("ecsmon", "containerInsights")).toBe("ecsmon.dev/ecsmon/containerInsights");
    expect(recordKey("o".repeat(32), "containerInsights").length).toBeLessThanOrEqual(128);
  });

  it.each(["", "original:1", "written:1", "original: written:2", "garbage", "original:1 written:2 more"])(
    "%j is no record",
    (text) => {
      expect(readRecord({ [recordKey("ecsmon", "retention")]: text }, "ecsmon", "retention")).toBeUndefined();
    },
  );

  it("is per owner and field", () => {
    const tags = { [recordKey("a", "retention")]: "original:1 written:2" };
    expect(readRecord(tags, "b", "retention")).toBeUndefined();
    expect(readRecord(tags, "a", "containerInsights")).toBeUndefined();
  });
});

describe("nextRecord", () => {
  it.each([
    ["nothing yet", undefined, "14", "30", { original: "14", written: "30" }],
    ["nothing there before", undefined, undefined, "30", { original: undefined, written: "30" }],
    [
      "ours stands: the first original stays",
      { original: "14", written: "30" },
      "30",
      "60",
      { original: "14", written: "60" },
    ],
    [
      "the owner changed it: theirs is the new original",
      { original: "14", written: "30" },
      "7",
      "30",
      { original: "7", written: "30" },
    ],
    [
      "the owner removed it",
      { original: "14", written: "30" },
      undefined,
      "30",
      { original: undefined, written: "30" },
    ],
    [
      "a record was laid, the first write failed",
      { original: "14", written: "30" },
      "14",
      "30",
      { original: "14", written: "30" },
    ],
  ])("%s", (_, record, live, desired, expected) => {
    expect(nextRecord(record, live, desired)).toMatchObject(expected);
  });

  it("keeps the original when a second write fails after its record was laid", () => {
    const standing = { original: "14", written: "30" };
    const laid = nextRecord(standing, "30", "60");
    const stored = readRecord(
      { [recordKey("ecsmon", "retention")]: writeRecord(laid) },
      "ecsmon",
      "retention",
    );
    // The retention is still our 30: PutRetentionPolicy failed.
    expect(nextRecord(stored, "30", "60").original).toBe("14");
  });
});
